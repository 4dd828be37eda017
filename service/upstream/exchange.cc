#include "service/upstream/exchange.h"

namespace fireworks::upstream {

absl::string_view ResponseHead::Find(absl::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

absl::string_view EndName(End end) {
  switch (end) {
    case End::kComplete:
      return "complete";
    case End::kCancelled:
      return "cancelled";
    case End::kShed:
      return "shed";
    case End::kConnectFailed:
      return "connect_failed";
    case End::kConnectTimeout:
      return "connect_timeout";
    case End::kFirstEventTimeout:
      return "first_event_timeout";
    case End::kIdleTimeout:
      return "idle_timeout";
    case End::kDeadline:
      return "deadline";
    case End::kReset:
      return "reset";
    case End::kBodyTooLarge:
      return "body_too_large";
    case End::kHeadersTooLarge:
      return "headers_too_large";
    case End::kLineTooLong:
      return "line_too_long";
    case End::kEventTooLarge:
      return "event_too_large";
    case End::kProtocol:
      return "protocol";
  }
  return "unknown";
}

}  // namespace fireworks::upstream
