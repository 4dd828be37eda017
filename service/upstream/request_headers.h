// The headers of a request as libcurl wants them.
#ifndef FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_
#define FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/upstream/api_key.h"
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
  // `api_key` is for requests that have none of their own; may be empty.
  explicit CommonHeaders(const Secret& api_key);

  CommonHeaders(const CommonHeaders&) = delete;
  CommonHeaders& operator=(const CommonHeaders&) = delete;

 private:
  friend class RequestHeaders;

  std::shared_ptr<const ApiKey> key_;  // null: none
  curl_slist expect_node_{};
};

// The list of one request: its own headers, chained to the common ones. What
// authorizes it is its own `authorization` header, else its key, else the client's
// key. libcurl borrows the list, so this must outlive the transfer.
class RequestHeaders {
 public:
  // `common` must outlive this; `request` must have passed CheckRequest.
  RequestHeaders(const Request& request, const CommonHeaders& common);

  RequestHeaders(const RequestHeaders&) = delete;
  RequestHeaders& operator=(const RequestHeaders&) = delete;

  const curl_slist* list() const { return list_; }

 private:
  std::vector<std::string> lines_;
  // Holds the line that the last node shows, unless null.
  std::shared_ptr<const ApiKey> key_;
  std::vector<curl_slist> nodes_;
  const curl_slist* list_ = nullptr;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_REQUEST_HEADERS_H_
