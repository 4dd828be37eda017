#include "tests/e2e/call_context.h"

#include <atomic>
#include <map>

#include "absl/strings/str_cat.h"

namespace fireworks::e2e {
namespace {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

std::string NewRequestId() {
  static std::atomic<int> count{0};
  return absl::StrCat("e2e-", ++count);
}

std::string FirstValue(const Metadata& metadata, absl::string_view name) {
  const auto found = metadata.find(grpc::string_ref(name.data(), name.size()));
  return found == metadata.end() ? std::string()
                                 : std::string(found->second.data(), found->second.size());
}

}  // namespace

CallContext::CallContext(absl::string_view directives, std::chrono::milliseconds timeout)
    : request_id_(NewRequestId()) {
  set_deadline(std::chrono::system_clock::now() + timeout);
  AddMetadata("x-request-id", request_id_);
  if (!directives.empty()) AddMetadata("x-session-affinity", absl::StrCat("sim:", directives));
}

std::string CallContext::Trailer(absl::string_view name) const {
  return FirstValue(GetServerTrailingMetadata(), name);
}

std::string CallContext::InitialMetadata(absl::string_view name) const {
  return FirstValue(GetServerInitialMetadata(), name);
}

}  // namespace fireworks::e2e
