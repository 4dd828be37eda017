// Which request gets which answer: credentials, directives, then the operation.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_ROUTER_H_
#define FIREWORKS_TESTS_SIMULATOR_ROUTER_H_

#include <memory>
#include <string>

#include "tests/simulator/directives.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/inference.h"
#include "tests/simulator/journal.h"
#include "tests/simulator/reply.h"
#include "tests/simulator/resource_api.h"

namespace fireworks::simulator {

class Router {
 public:
  // `journal` and `resources` must outlive the router and its replies. `lax`
  // accepts unknown keys in inference requests.
  Router(Journal* journal, ResourceApi* resources, bool lax);

  // Answers any request but those of the control API, and journals it.
  std::unique_ptr<Reply> Handle(HttpRequest request, Waker waker);

  // Forgets what inference requests have left behind.
  void Reset();

 private:
  // Answers a request that is not for inference.
  HttpResponse Manage(const HttpRequest& request, const Directives& directives,
                      const std::string& request_id);

  Journal* const journal_;
  ResourceApi* const resources_;
  InferenceApi inference_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_ROUTER_H_
