// The caller's side of one call: its metadata, its deadline, and what came back
// beside the messages.
//
// Used as any grpc::ClientContext, for one call. Thread-compatible; TryCancel
// may be called from any thread.
#ifndef FIREWORKS_TESTS_E2E_CALL_CONTEXT_H_
#define FIREWORKS_TESTS_E2E_CALL_CONTEXT_H_

#include <chrono>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/client_context.h"

namespace fireworks::e2e {

// How long anything that must happen may take: far longer than it ever does.
inline constexpr std::chrono::seconds kPatience{60};

class CallContext : public grpc::ClientContext {
 public:
  // `directives` go to the simulator; empty: it answers as usual. The request
  // id is new, and names the request in the simulator's journal.
  explicit CallContext(absl::string_view directives = {},
                       std::chrono::milliseconds timeout = kPatience);

  const std::string& request_id() const { return request_id_; }

  // The first value of a trailer or of initial metadata; empty when there is
  // none. After the status, and after the first message, respectively.
  std::string Trailer(absl::string_view name) const;
  std::string InitialMetadata(absl::string_view name) const;

 private:
  const std::string request_id_;
};

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_CALL_CONTEXT_H_
