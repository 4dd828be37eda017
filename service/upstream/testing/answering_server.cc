#include "service/upstream/testing/answering_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace fireworks::upstream::testing {
namespace {

constexpr char kAnswer[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nfine";

}  // namespace

AnsweringServer::AnsweringServer()
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_.get(), 1024), 0);
  EXPECT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

AnsweringServer::~AnsweringServer() {
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

std::string AnsweringServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

void AnsweringServer::Run() {
  while (true) {
    std::vector<pollfd> waiting = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& [socket, session] : sessions_) waiting.push_back({socket, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[0].revents != 0) return;
    if (waiting[1].revents != 0) Accept();
    for (std::size_t i = 2; i < waiting.size(); ++i) {
      const int socket = waiting[i].fd;
      if (waiting[i].revents != 0 && !Serve(&sessions_[socket])) sessions_.erase(socket);
    }
  }
}

void AnsweringServer::Accept() {
  FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int number = socket.get();
  if (socket.valid()) sessions_[number] = {std::move(socket), {}};
}

bool AnsweringServer::Serve(Session* session) {
  char bytes[16384];
  const ssize_t count = recv(session->socket.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
  if (count <= 0) return false;
  session->received.append(bytes, static_cast<std::size_t>(count));
  std::size_t end = 0;
  while ((end = session->received.find("\r\n\r\n")) != std::string::npos) {
    session->received.erase(0, end + 4);
    // A peer that is gone shows itself at the next read.
    send(session->socket.get(), kAnswer, sizeof(kAnswer) - 1, MSG_NOSIGNAL);
  }
  return true;
}

}  // namespace fireworks::upstream::testing
