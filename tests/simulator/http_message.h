// HTTP/1.1 requests and responses as plain values, and their wire form.
//
// The simulator writes its responses by hand rather than through a library, so
// that a reply can be cut, padded or broken at any byte.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_HTTP_MESSAGE_H_
#define FIREWORKS_TESTS_SIMULATOR_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace fireworks::simulator {

// Header fields in the order in which they travelled.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first field called `name` (any case); empty when absent.
absl::string_view FindHeader(const Headers& headers, absl::string_view name);

struct HttpRequest {
  std::string method;
  // As received: path and query, still percent-encoded.
  std::string target;
  Headers headers;
  std::string body;
  // Whether the connection may carry another request afterwards.
  bool keep_alive = true;

  // The target without its query.
  absl::string_view path() const;
  // The percent-decoded value of a query parameter; empty when absent.
  std::string Query(absl::string_view key) const;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

// A 200 or other response with a JSON body.
HttpResponse JsonResponse(int status, std::string body);

// The reason phrase of RFC 9110 or, for codes it does not know, "Unknown".
absl::string_view ReasonPhrase(int status);

// A response head up to and with its empty line. Framing fields are the
// caller's: put Content-Length or Transfer-Encoding into `headers`.
std::string SerializeHead(int status, const Headers& headers);

// Appends `data` to `out` as one chunk (RFC 9112 section 7.1). `data` must not
// be empty: an empty chunk ends the body.
void AppendChunk(absl::string_view data, std::string* out);

// The chunk that ends a chunked body, without trailers.
extern const char kLastChunk[];

// `text` with its %XX sequences decoded; malformed ones stay as they are.
std::string PercentDecode(absl::string_view text);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_HTTP_MESSAGE_H_
