// The management API's models: an in-memory store in the JSON dialect of
// grpc-gateway (lowerCamelCase, keys sorted, unset fields present), with the
// rules of its five operations.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_MODELS_STORE_H_
#define FIREWORKS_TESTS_SIMULATOR_MODELS_STORE_H_

#include <map>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

class ModelsStore {
 public:
  // Holds a handful of models under accounts/fireworks and
  // accounts/test-account.
  ModelsStore();

  // Back to the models of the beginning.
  void Reset();

  // Answers a request under /v1/accounts/{account}/models. Its credentials have
  // been checked.
  HttpResponse Handle(const HttpRequest& request);

  // The inference catalogue: every READY model, in GET /inference/v1/models form.
  std::string Catalogue() const;

 private:
  HttpResponse List(const HttpRequest& request, const std::string& account) const;
  HttpResponse Create(const HttpRequest& request, const std::string& account);
  HttpResponse Get(const std::string& name) const;
  HttpResponse Update(const HttpRequest& request, const std::string& name);
  HttpResponse Delete(const std::string& name);
  void Seed(absl::string_view name, absl::string_view kind, nlohmann::json fields);

  mutable std::mutex mutex_;
  // By resource name. Guarded by `mutex_`.
  std::map<std::string, nlohmann::json> models_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_MODELS_STORE_H_
