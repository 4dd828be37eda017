// A caller that speaks no gRPC: a TCP connection, and just enough of HTTP/2 (RFC 9113)
// to misbehave in it.
//
// One owner; thread-compatible.
#ifndef FIREWORKS_TESTS_E2E_RAW_CONNECTION_H_
#define FIREWORKS_TESTS_E2E_RAW_CONNECTION_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace fireworks::e2e {

class RawConnection {
 public:
  // Connects to 127.0.0.1.
  explicit RawConnection(int port);
  ~RawConnection();

  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // Whether the system took the connection; that the service did is another matter.
  bool connected() const { return connected_; }

  // What a peer that has gone makes of it is not told.
  void Send(absl::string_view bytes);

  // All that comes until the service closes the connection; nullopt when it has not done
  // so before kPatience passed.
  absl::optional<std::string> ReadToEnd();
  // At least one byte; empty when the connection is closed, or kPatience passed.
  std::string ReadSome();

 private:
  int socket_ = -1;
  bool connected_ = false;
};

// What a client begins with: the preface and empty settings.
std::string Http2Preface();

// A frame of HTTP/2.
std::string Frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  absl::string_view payload);
inline constexpr std::uint8_t kDataFrame = 0;
inline constexpr std::uint8_t kHeadersFrame = 1;
inline constexpr std::uint8_t kSettingsFrame = 4;
inline constexpr std::uint8_t kPingFrame = 6;
inline constexpr std::uint8_t kGoAwayFrame = 7;
inline constexpr std::uint8_t kContinuationFrame = 9;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

// The fields that begin a call of `method`, and `more`, as HPACK literals.
std::string CallHeaders(absl::string_view method, const std::map<std::string, std::string>& more);

// The error code of the GOAWAY among `frames`; nullopt when there is none.
absl::optional<std::uint32_t> GoAwayCode(absl::string_view frames);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_RAW_CONNECTION_H_
