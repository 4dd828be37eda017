#include "service/server/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using upstream::FileDescriptor;

// How long to wait before accepting is tried again after it failed.
constexpr milliseconds kRetryInterval{50};
// A flood of connections must not make us look at all that are open for each of them.
constexpr milliseconds kMinSweepInterval{100};
// Nor must it keep us from noticing that we are to stop.
constexpr int kMaxAcceptsInARow = 256;

// Whether accept failed because of the one connection, which is gone; see accept(2).
bool IsOfTheConnection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPERM:
    case EPROTO:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const ListenerOptions& options) {
  absl::StatusOr<ListenSockets> sockets = ListenOn(options.address);
  if (!sockets.ok()) return sockets.status();
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.address, ": ", std::strerror(errno)));
  }
  return std::unique_ptr<Listener>(
      new Listener(options, *std::move(sockets), std::move(stop)));
}

Listener::Listener(const ListenerOptions& options, ListenSockets sockets, FileDescriptor stop)
    : options_(options), sockets_(std::move(sockets)), stop_(std::move(stop)) {}

Listener::~Listener() { Close(); }

void Listener::Attach(grpc::ServerBuilder* builder,
                      std::shared_ptr<grpc::ServerCredentials> credentials) {
  acceptor_ = builder->experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
}

void Listener::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Listener::Close() {
  if (thread_.joinable()) {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  sockets_.sockets.clear();
}

Listener::Counts Listener::Count() {
  std::lock_guard<std::mutex> lock(mutex_);
  connections_.Sweep();
  Counts counts = counts_;
  counts.open = connections_.count();
  return counts;
}

void Listener::Run() {
  pthread_setname_np(pthread_self(), "listener");
  std::vector<pollfd> awaited;
  awaited.push_back({stop_.get(), POLLIN, 0});
  for (const FileDescriptor& socket : sockets_.sockets) {
    awaited.push_back({socket.get(), POLLIN, 0});
  }
  bool wanting = false;
  while (true) {
    // While something is wanting the sockets stay readable: only the clock can tell when
    // to try again.
    const int ready = wanting ? poll(awaited.data(), 1, static_cast<int>(kRetryInterval.count()))
                              : poll(awaited.data(), awaited.size(), -1);
    if (ready > 0 && awaited.front().revents != 0) return;
    wanting = false;
    for (const FileDescriptor& socket : sockets_.sockets) {
      if (!AcceptAll(socket.get())) wanting = true;
    }
  }
}

bool Listener::AcceptAll(int socket) {
  for (int i = 0; i < kMaxAcceptsInARow; ++i) {
    FileDescriptor connection(accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      Take(socket, std::move(connection));
    } else if (errno == EAGAIN) {
      return true;
    } else if (!IsOfTheConnection(errno)) {
      std::lock_guard<std::mutex> lock(mutex_);
      ++counts_.failures;
      return false;
    }
  }
  return true;
}

void Listener::Take(int socket, FileDescriptor connection) {
  if (!MayStay(connection.get())) return;
  const auto timeout = static_cast<unsigned int>(options_.acknowledge_timeout.count());
  setsockopt(connection.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters handed;
  handed.listener_fd = socket;
  handed.fd = connection.Release();
  acceptor_->HandleNewConnection(&handed);
}

bool Listener::MayStay(int connection) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (connection >= options_.descriptor_ceiling) {
    ++counts_.over_ceiling;
    return false;
  }
  const auto now = steady_clock::now();
  if (connections_.count() >= options_.max_connections && now - swept_ >= kMinSweepInterval) {
    swept_ = now;
    connections_.Sweep();
  }
  if (connections_.count() >= options_.max_connections) {
    ++counts_.over_limit;
    return false;
  }
  connections_.Add(connection);
  return true;
}

}  // namespace fireworks::server
