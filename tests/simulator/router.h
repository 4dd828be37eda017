// Which request gets which answer: credentials, directives, then the operation.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_ROUTER_H_
#define FIREWORKS_TESTS_SIMULATOR_ROUTER_H_

#include <memory>
#include <string>

#include "tests/simulator/directives.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/journal.h"
#include "tests/simulator/models_store.h"
#include "tests/simulator/reply.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

class Router {
 public:
  // `journal` and `models` must outlive the router and its replies. `lax`
  // accepts unknown keys in inference requests.
  Router(Journal* journal, ModelsStore* models, bool lax);

  // Answers any request but those of the control API, and journals it.
  std::unique_ptr<Reply> Handle(HttpRequest request, Waker waker);

 private:
  HttpResponse Unary(const HttpRequest& request, const std::string& request_id);
  std::unique_ptr<Reply> Chat(const HttpRequest& request, JournalEntry entry);
  std::unique_ptr<Reply> Respond(HttpResponse response, const Directives& directives,
                                 JournalEntry entry, bool keep_alive) const;

  Journal* const journal_;
  ModelsStore* const models_;
  const bool lax_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_ROUTER_H_
