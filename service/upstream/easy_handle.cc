#include "service/upstream/easy_handle.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::upstream {
namespace {

// Idle handles of a loop; each holds about 6 KiB, and the buffer that it has sent from.
constexpr std::size_t kMaxIdleHandles = 256;

// What one read may take from the socket, and so what may still come after an
// observer's Pause.
constexpr long kReadBufferBytes = 16 << 10;

constexpr long kTcpKeepAliveSeconds = 30;
constexpr long kTcpKeepAliveIntervalSeconds = 10;

}  // namespace

absl::Status OptionSetter::status() const {
  if (result_ == CURLE_OK) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("libcurl refuses an option: ", curl_easy_strerror(result_)));
}

void SetCommonOptions(const WireSettings& settings, OptionSetter* options) {
  // No signals, and no wait for a resolver thread when a transfer is removed.
  options->Set(CURLOPT_NOSIGNAL, 1L);
  options->Set(CURLOPT_QUICK_EXIT, 1L);

  options->Set(CURLOPT_PROTOCOLS_STR, "http,https");
  options->Set(CURLOPT_FOLLOWLOCATION, 0L);
  options->Set(CURLOPT_PATH_AS_IS, 1L);
  options->Set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  // Empty: none, whatever the environment's proxy variables say.
  options->Set(CURLOPT_PROXY, "");

  options->Set(CURLOPT_HTTP_VERSION,
               static_cast<long>(settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // Rather share a connection that is coming about than open another.
  options->Set(CURLOPT_PIPEWAIT, settings.http2 ? 1L : 0L);

  options->Set(CURLOPT_SSL_VERIFYPEER, 1L);
  options->Set(CURLOPT_SSL_VERIFYHOST, 2L);
  options->Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // With a directory of authorities, which Debian sets by default, libcurl
  // parses the whole bundle again for each connection, on the loop's thread.
  options->Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  if (!settings.ca_file.empty()) options->Set(CURLOPT_CAINFO, settings.ca_file.c_str());

  options->Set(CURLOPT_TCP_NODELAY, 1L);
  options->Set(CURLOPT_TCP_KEEPALIVE, 1L);
  options->Set(CURLOPT_TCP_KEEPIDLE, kTcpKeepAliveSeconds);
  options->Set(CURLOPT_TCP_KEEPINTVL, kTcpKeepAliveIntervalSeconds);
  options->Set(CURLOPT_MAXAGE_CONN, static_cast<long>(settings.max_idle_connection_age.count()));
  options->Set(CURLOPT_MAXLIFETIME_CONN, static_cast<long>(settings.max_connection_age.count()));
  options->Set(CURLOPT_BUFFERSIZE, kReadBufferBytes);
}

EasyHandle HandlePool::Take() {
  if (idle_.empty()) return EasyHandle(curl_easy_init());
  EasyHandle handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void HandlePool::Return(EasyHandle handle) {
  if (handle == nullptr || idle_.size() >= kMaxIdleHandles) return;
  curl_easy_reset(handle.get());
  idle_.push_back(std::move(handle));
}

}  // namespace fireworks::upstream
