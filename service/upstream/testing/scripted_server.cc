#include "service/upstream/testing/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace fireworks::upstream::testing {
namespace {

// How long a peer must take nothing to count as blocked.
constexpr std::chrono::milliseconds kBlocked{300};

// Waits for `events`; false when `patience` passes.
bool Await(const FileDescriptor& socket, short events, std::chrono::milliseconds patience) {
  pollfd waiting{socket.get(), events, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool NameIs(absl::string_view line, absl::string_view name) {
  return absl::StartsWithIgnoreCase(line, absl::StrCat(name, ":"));
}

}  // namespace

std::string ReceivedRequest::Header(absl::string_view name) const {
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    if (!NameIs(line, name)) continue;
    return std::string(absl::StripAsciiWhitespace(line.substr(name.size() + 1)));
  }
  return {};
}

int ReceivedRequest::Count(absl::string_view name) const {
  int count = 0;
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) count += NameIs(line, name);
  return count;
}

bool Connection::ReadMore() {
  if (!Await(socket_, POLLIN, kPatience)) {
    ADD_FAILURE() << "the peer sent nothing";
    return false;
  }
  char bytes[16384];
  const ssize_t count = recv(socket_.get(), bytes, sizeof(bytes), 0);
  if (count <= 0) return false;
  buffered_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

ReceivedRequest Connection::ReadHead() {
  ReceivedRequest request;
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (ReadMore()) continue;
    ADD_FAILURE() << "no whole request head, but: " << buffered_;
    return request;
  }
  request.head = buffered_.substr(0, end + 2);
  buffered_.erase(0, end + 4);
  return request;
}

ReceivedRequest Connection::ReadRequest() {
  ReceivedRequest request = ReadHead();
  std::size_t length = 0;
  const std::string declared = request.Header("content-length");
  if (declared.empty() || !absl::SimpleAtoi(declared, &length)) return request;
  request.body = ReadBytes(length);
  return request;
}

std::string Connection::ReadBytes(std::size_t count) {
  while (buffered_.size() < count) {
    if (ReadMore()) continue;
    ADD_FAILURE() << "not " << count << " bytes, but " << buffered_.size();
    count = buffered_.size();
  }
  const std::string bytes = buffered_.substr(0, count);
  buffered_.erase(0, count);
  return bytes;
}

void Connection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (!Await(socket_, POLLOUT, kPatience)) {
      ADD_FAILURE() << "the peer takes nothing; left: " << bytes.size();
      return;
    }
    const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) {
      ADD_FAILURE() << "send failed, errno " << errno;
      return;
    }
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Connection::SendStreamHead(absl::string_view more) {
  Send(absl::StrCat("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", more));
}

void Connection::SendAnswer(int status, absl::string_view content_type, absl::string_view body,
                            absl::string_view more_headers) {
  Send(absl::StrCat("HTTP/1.1 ", status, " Words\r\ncontent-type: ", content_type,
                    "\r\ncontent-length: ", body.size(), "\r\n", more_headers, "\r\n", body));
}

std::size_t Connection::SendUntilBlocked(absl::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size() && Await(socket_, POLLOUT, kBlocked)) {
    const ssize_t count =
        send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT);
    if (count < 0) break;
    sent += static_cast<std::size_t>(count);
  }
  return sent;
}

bool Connection::AwaitBytes() { return Await(socket_, POLLIN, kPatience); }

bool Connection::AwaitClose() {
  if (!Await(socket_, POLLIN, kPatience)) return false;
  char byte = 0;
  return recv(socket_.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

bool Connection::DiscardUntilClose() {
  char bytes[16384];
  ssize_t count = 0;
  do {
    if (!Await(socket_, POLLIN, kPatience)) return false;
    count = recv(socket_.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
  } while (count > 0);
  return true;
}

bool Connection::IsQuiet() const { return !Await(socket_, POLLIN, {}); }

void Connection::Reset() {
  const linger at_once{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  Close();
}

ScriptedServer::ScriptedServer(int backlog) : ScriptedServer(Refusing()) { Listen(backlog); }

ScriptedServer::ScriptedServer(Refusing)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
}

void ScriptedServer::Listen(int backlog) { EXPECT_EQ(listen(listener_.get(), backlog), 0); }

std::string ScriptedServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

Connection ScriptedServer::Accept() {
  if (!Await(listener_, POLLIN, kPatience)) {
    ADD_FAILURE() << "nobody connects";
    return Connection(FileDescriptor());
  }
  FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(socket.valid());
  return Connection(std::move(socket));
}

bool ScriptedServer::AwaitConnection() { return Await(listener_, POLLIN, kPatience); }

bool ScriptedServer::IsQuiet() const { return !Await(listener_, POLLIN, {}); }

}  // namespace fireworks::upstream::testing
