// The headers of a request as libcurl wants them.
#ifndef FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_
#define FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_

#include <curl/curl.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/upstream/exchange.h"
#include "service/upstream/secret.h"

namespace fireworks::upstream {

// INVALID_ARGUMENT when the method is no token, the target does not begin with
// "/" or holds anything but visible ASCII or a "#", a header's name is no token
// or names what only the client may set (host, content-length, …), or a header's
// value holds a control byte. Messages never contain a value.
absl::Status CheckRequest(const Request& request);

// Headers that every request of a client carries. Immutable, thread-safe.
class CommonHeaders {
 public:
  explicit CommonHeaders(const Secret& api_key);

  CommonHeaders(const CommonHeaders&) = delete;
  CommonHeaders& operator=(const CommonHeaders&) = delete;

 private:
  friend class RequestHeaders;

  // "authorization: Bearer …"; empty without a key.
  Secret authorization_;
  // Chained so that a list may begin at either node.
  curl_slist authorization_node_{};
  curl_slist expect_node_{};
};

// The list of one request: its own headers, chained to the common ones. An
// `authorization` of the request's own takes the place of the client's.
// libcurl borrows the list, so this must outlive the transfer.
class RequestHeaders {
 public:
  // `common` must outlive this; `request` must have passed CheckRequest.
  RequestHeaders(const Request& request, const CommonHeaders& common);

  RequestHeaders(const RequestHeaders&) = delete;
  RequestHeaders& operator=(const RequestHeaders&) = delete;

  const curl_slist* list() const { return list_; }

 private:
  std::vector<std::string> lines_;
  std::vector<curl_slist> nodes_;
  const curl_slist* list_ = nullptr;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_
