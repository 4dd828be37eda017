#include "tests/e2e/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "tests/e2e/call_context.h"

namespace fireworks::e2e {
namespace {

constexpr std::size_t kFrameHeadBytes = 9;

// A number in `bytes` bytes, the highest first.
std::string BigEndian(std::uint32_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(number >> shift));
  }
  return text;
}

std::uint32_t ReadBigEndian(absl::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

// A string literal of HPACK without Huffman coding (RFC 7541 §5.2).
std::string Literal(absl::string_view text) {
  std::string out;
  if (text.size() < 127) {
    out.push_back(static_cast<char>(text.size()));
  } else {
    out.push_back(127);
    std::size_t rest = text.size() - 127;
    for (; rest >= 128; rest /= 128) out.push_back(static_cast<char>(rest % 128 + 128));
    out.push_back(static_cast<char>(rest));
  }
  absl::StrAppend(&out, text);
  return out;
}

}  // namespace

RawConnection::RawConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  timeval patience{};
  patience.tv_sec = std::chrono::seconds(kPatience).count();
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ =
      connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

void RawConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

absl::optional<std::string> RawConnection::ReadToEnd() {
  std::string all;
  char bytes[4096];
  while (true) {
    const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return all;
    if (count < 0) return absl::nullopt;
    all.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string RawConnection::ReadSome() {
  char bytes[4096];
  const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
  return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : "";
}

std::string Http2Preface() {
  return absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(kSettingsFrame, 0, 0, ""));
}

std::string Frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  absl::string_view payload) {
  return absl::StrCat(BigEndian(static_cast<std::uint32_t>(payload.size()), 3),
                      BigEndian(type, 1), BigEndian(flags, 1), BigEndian(stream, 4), payload);
}

std::string CallHeaders(absl::string_view method, const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> fields = {{":method", "POST"},
                                               {":scheme", "http"},
                                               {":path", absl::StrCat("/", method)},
                                               {":authority", "localhost"},
                                               {"content-type", "application/grpc"},
                                               {"te", "trailers"}};
  for (const auto& [name, value] : more) fields[name] = value;
  // Pseudo-fields come first, which is how they sort. Literals without indexing, with
  // new names (RFC 7541 §6.2.2).
  std::string block;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&block, BigEndian(0, 1), Literal(name), Literal(value));
  }
  return block;
}

absl::optional<std::uint32_t> GoAwayCode(absl::string_view frames) {
  while (frames.size() >= kFrameHeadBytes) {
    const std::size_t length = ReadBigEndian(frames.substr(0, 3));
    const auto type = static_cast<std::uint8_t>(frames[3]);
    if (frames.size() < kFrameHeadBytes + length) break;
    const absl::string_view payload = frames.substr(kFrameHeadBytes, length);
    if (type == kGoAwayFrame && length >= 8) return ReadBigEndian(payload.substr(4, 4));
    frames.remove_prefix(kFrameHeadBytes + length);
  }
  return absl::nullopt;
}

}  // namespace fireworks::e2e
