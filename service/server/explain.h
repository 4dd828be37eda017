// fireworks.service.v1.ExplainService: the HTTP request that a call would become.
#ifndef FIREWORKS_SERVICE_SERVER_EXPLAIN_H_
#define FIREWORKS_SERVICE_SERVER_EXPLAIN_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fireworks/service/v1/explain.pb.h"
#include "service/server/environment.h"
#include "service/server/local_method.h"

namespace fireworks::server {

// What an upstream client adds to every request.
struct ExplainOptions {
  std::string base_url;
  std::string user_agent;
  bool has_api_key = false;
};

// Add is for start-up; Answer is thread-safe behind it.
class Explain : public LocalMethod {
 public:
  // `environment` must outlive this, and be complete when Answer is called.
  Explain(const Environment& environment, ExplainOptions options);

  // Makes `endpoint`, which must outlive this, known.
  void Add(const Endpoint& endpoint);

  absl::Status Answer(const grpc::CallbackServerContext& context, const std::string& request_id,
                      const google::protobuf::Message& request,
                      google::protobuf::Message* response) const override;

 private:
  // NOT_FOUND when no method has that name.
  absl::StatusOr<const Endpoint*> Find(absl::string_view method) const;

  // What the call of `asked` would become for the caller of `context`.
  absl::Status Describe(const grpc::CallbackServerContext& context, const std::string& request_id,
                        const fireworks::service::v1::ExplainRequest& asked,
                        fireworks::service::v1::ExplainResponse* answer) const;

  const Environment& environment_;
  const ExplainOptions options_;
  absl::flat_hash_map<std::string, const Endpoint*> endpoints_;  // by "package.Service/Method"
};

// Replaces the secrets in `message`, the fields that the contract marks as
// sensitive, by "[redacted]".
void Redact(google::protobuf::Message* message);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_EXPLAIN_H_
