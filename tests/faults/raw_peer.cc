#include "tests/faults/raw_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "gtest/gtest.h"

namespace fireworks::faults {
namespace {

constexpr char kHeadEnd[] = "\r\n\r\n";

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

RawPeer::RawPeer(Manner manner, std::string answer) : answer_(std::move(answer)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = LoopbackAddress(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  if (manner == Manner::kRefuses) return;
  EXPECT_EQ(listen(listener_, manner == Manner::kIsFull ? 0 : 16), 0);
  if (manner == Manner::kIsFull) {
    // The kernel completes backlog + 1 handshakes; what comes later gets no answer.
    fillers_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(fillers_.back(), reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  if (manner != Manner::kAnswersEarly) return;
  EXPECT_EQ(pipe2(stop_, O_CLOEXEC), 0);
  thread_ = std::thread([this] { Serve(); });
}

RawPeer::~RawPeer() {
  if (thread_.joinable()) {
    close(stop_[1]);
    thread_.join();
    close(stop_[0]);
  }
  for (const int filler : fillers_) close(filler);
  close(listener_);
}

bool RawPeer::HasConnection() const {
  pollfd waiting{listener_, POLLIN, 0};
  return poll(&waiting, 1, 0) > 0;
}

bool RawPeer::Await(int socket, short events) const {
  pollfd waiting[] = {{socket, events, 0}, {stop_[0], POLLIN, 0}};
  return poll(waiting, 2, -1) > 0 && waiting[1].revents == 0;
}

// Byte by byte: what follows the head stays unread.
bool RawPeer::ReadHead(int socket) const {
  std::string tail;
  char byte = 0;
  while (tail != kHeadEnd) {
    if (!Await(socket, POLLIN) || recv(socket, &byte, 1, 0) != 1) return false;
    tail += byte;
    if (tail.size() > sizeof(kHeadEnd) - 1) tail.erase(0, 1);
  }
  return true;
}

void RawPeer::Serve() {
  while (Await(listener_, POLLIN)) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    if (ReadHead(socket)) {
      ++requests_;
      EXPECT_EQ(send(socket, answer_.data(), answer_.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(answer_.size()));
      // Its end may stand behind what is not read.
      Await(socket, POLLRDHUP);
    }
    close(socket);
  }
}

}  // namespace fireworks::faults
