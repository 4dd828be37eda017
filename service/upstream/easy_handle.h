// libcurl's handle of one transfer: owned, reused, and set up as every request
// to the upstream must be.
#ifndef FIREWORKS_SERVICE_UPSTREAM_EASY_HANDLE_H_
#define FIREWORKS_SERVICE_UPSTREAM_EASY_HANDLE_H_

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "service/upstream/request_headers.h"

namespace fireworks::upstream {

struct EasyHandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, EasyHandleDeleter>;

// What all requests of a client have in common. Immutable, so that all loops
// may share one.
struct WireSettings {
  explicit WireSettings(const Secret& api_key) : headers(api_key) {}

  std::string base_url;
  std::string ca_file;
  std::string user_agent;
  std::chrono::seconds max_idle_connection_age{0};
  std::chrono::seconds max_connection_age{0};
  bool http2 = false;
  CommonHeaders headers;
};

// Sets options and remembers whether libcurl took them all.
class OptionSetter {
 public:
  explicit OptionSetter(CURL* handle) : handle_(handle) {}

  template <typename Value>
  void Set(CURLoption option, Value value) {
    static_assert(std::is_pointer_v<Value> || std::is_same_v<Value, long> ||
                      std::is_same_v<Value, curl_off_t>,
                  "libcurl reads its variable argument as one of these");
    const CURLcode result = curl_easy_setopt(handle_, option, value);
    if (result != CURLE_OK) result_ = result;
  }

  absl::Status status() const;

 private:
  CURL* const handle_;
  CURLcode result_ = CURLE_OK;
};

// Sets what does not depend on the request. `settings` must outlive the
// transfer.
void SetCommonOptions(const WireSettings& settings, OptionSetter* options);

// Keeps handles that are done for later use, with none of their options; their
// connections stay with the loop's multi handle. Thread-compatible.
class HandlePool {
 public:
  // Null when memory is out.
  EasyHandle Take();
  void Return(EasyHandle handle);

 private:
  std::vector<EasyHandle> idle_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_EASY_HANDLE_H_
