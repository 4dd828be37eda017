#include "client/cpp/rpc.h"

namespace fireworks::client {

absl::string_view FirstValue(const Metadata& metadata, absl::string_view name) {
  const auto found = metadata.find(std::string(name));
  return found == metadata.end() ? absl::string_view() : absl::string_view(found->second);
}

}  // namespace fireworks::client
