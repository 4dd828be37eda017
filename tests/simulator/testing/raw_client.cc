#include "tests/simulator/testing/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace fireworks::simulator {
namespace {

constexpr int kReadTimeoutSeconds = 30;

}  // namespace

RawClient::RawClient(int port, int receive_buffer_bytes)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  }
  const timeval timeout{kReadTimeoutSeconds, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Close();
}

RawClient::~RawClient() {
  Close();
}

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::Receive() {
  std::array<char, 16384> bytes;
  const ssize_t size = recv(fd_, bytes.data(), bytes.size(), 0);
  if (size < 0 && errno == ECONNRESET) was_reset_ = true;
  if (size <= 0) return false;
  received_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> RawClient::TakeThrough(absl::string_view end) {
  std::size_t at;
  while ((at = received_.find(end.data(), 0, end.size())) == std::string::npos) {
    if (!Receive()) return std::nullopt;
  }
  return TakeBytes(at + end.size());
}

std::optional<std::string> RawClient::TakeBytes(std::size_t size) {
  while (received_.size() < size) {
    if (!Receive()) return std::nullopt;
  }
  std::string taken = received_.substr(0, size);
  received_.erase(0, size);
  return taken;
}

RawResponse RawClient::ReadHead() {
  RawResponse response;
  const std::optional<std::string> head = TakeThrough("\r\n\r\n");
  if (!head) return response;
  const std::vector<std::string> lines = absl::StrSplit(*head, "\r\n");
  static_cast<void>(absl::SimpleAtoi(lines[0].substr(9, 3), &response.status));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    response.headers.push_back(field);
  }
  return response;
}

std::optional<std::string> RawClient::ReadChunk() {
  body_ended_ = false;
  const std::optional<std::string> line = TakeThrough("\r\n");
  if (!line) return std::nullopt;
  std::uint32_t size = 0;
  static_cast<void>(absl::SimpleHexAtoi(absl::StripSuffix(*line, "\r\n"), &size));
  std::optional<std::string> data = TakeBytes(size + 2);
  if (!data) return std::nullopt;
  body_ended_ = size == 0;
  if (body_ended_) return std::nullopt;
  data->resize(size);
  return data;
}

RawResponse RawClient::ReadResponse() {
  RawResponse response = ReadHead();
  if (absl::EqualsIgnoreCase(FindHeader(response.headers, "transfer-encoding"), "chunked")) {
    while (std::optional<std::string> chunk = ReadChunk()) response.body += *chunk;
    response.complete = body_ended();
    return response;
  }
  std::uint32_t size = 0;
  static_cast<void>(absl::SimpleAtoi(FindHeader(response.headers, "content-length"), &size));
  std::optional<std::string> body = TakeBytes(size);
  response.complete = response.status != 0 && body.has_value();
  response.body = body ? *std::move(body) : std::exchange(received_, {});
  return response;
}

std::vector<std::string> RawClient::ReadEvents() {
  std::vector<std::string> events;
  while (std::optional<std::string> chunk = ReadChunk()) {
    absl::string_view event = *chunk;
    if (absl::ConsumePrefix(&event, "data: "))
      events.emplace_back(absl::StripSuffix(event, "\n\n"));
  }
  return events;
}

std::string RawRequest(absl::string_view method, absl::string_view target, absl::string_view body,
                       absl::string_view headers) {
  return absl::StrCat(method, " ", target,
                      " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace fireworks::simulator
