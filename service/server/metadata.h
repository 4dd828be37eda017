// Metadata between callers and upstream: what goes in, what comes back.
#ifndef FIREWORKS_SERVICE_SERVER_METADATA_H_
#define FIREWORKS_SERVICE_SERVER_METADATA_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// The caller's `x-request-id` if it is printable ASCII of at most 128 bytes,
// else a new one, "req_" and 32 hexadecimal digits.
std::string RequestId(const grpc::CallbackServerContext& context);

// What upstream is told about a call, as headers: of the caller's metadata a fixed
// list, first value each, without control bytes; and the request id.
std::vector<upstream::Header> ContextHeaders(const grpc::CallbackServerContext& context,
                                             const std::string& request_id);

// Leaves in `head` only the headers that Trailers::AddUpstream adds.
void KeepForTrailers(upstream::ResponseHead* head);

// Collects trailing metadata. Names are lower case; a value that is not
// printable ASCII, or an entry past the byte limit, is dropped and counted: an
// illegal byte would abort the process inside gRPC, and clients refuse large
// trailers.
class Trailers {
 public:
  void Add(absl::string_view name, absl::string_view value);
  void AddNumber(absl::string_view name, std::int64_t value);

  // Adds upstream's `fireworks-*` and `x-ratelimit-*` headers.
  void AddUpstream(const upstream::ResponseHead& head);

  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }
  int dropped() const { return dropped_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
  std::size_t copied_bytes_ = 0;
  int dropped_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_METADATA_H_
