#include "service/upstream/loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace fireworks::upstream {
namespace {

// Events taken from the kernel at once. What is not taken comes next time.
constexpr int kMaxEvents = 256;

// The timerfd runs on CLOCK_MONOTONIC, as steady_clock does.
itimerspec AbsoluteTime(Clock::time_point when) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const auto since_epoch = std::chrono::duration_cast<nanoseconds>(when.time_since_epoch());
  const auto whole = std::chrono::duration_cast<seconds>(since_epoch);
  itimerspec spec{};
  spec.it_value.tv_sec = whole.count();
  spec.it_value.tv_nsec = (since_epoch - whole).count();
  return spec;
}

int CurlEvents(std::uint32_t events) {
  // An error or a hang-up shows itself to whoever reads or writes.
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  return ((events & EPOLLIN) != 0 || broken ? CURL_CSELECT_IN : 0) |
         ((events & EPOLLOUT) != 0 || broken ? CURL_CSELECT_OUT : 0);
}

absl::Status AddToEpoll(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "epoll_ctl");
}

void Drink(int descriptor) {
  std::uint64_t count = 0;
  // Fails only when there is nothing to read.
  [[maybe_unused]] const ssize_t got = read(descriptor, &count, sizeof(count));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Loop>> Loop::Create(const WireSettings& settings,
                                                   int max_connections, Population* population) {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll.valid() || !timer.valid() || !wake.valid()) {
    return absl::ErrnoToStatus(errno, "file descriptors of an upstream loop");
  }
  std::unique_ptr<Loop> loop(new Loop(settings, max_connections, population, std::move(epoll),
                                      std::move(timer), std::move(wake)));
  const absl::Status set_up = loop->SetUp();
  if (!set_up.ok()) return set_up;
  loop->thread_ = std::thread([raw = loop.get()] { raw->Run(); });
  return loop;
}

Loop::Loop(const WireSettings& settings, int max_connections, Population* population,
           FileDescriptor epoll, FileDescriptor timer, FileDescriptor wake)
    : settings_(settings),
      max_connections_(static_cast<std::size_t>(max_connections)),
      population_(population),
      epoll_(std::move(epoll)),
      timer_(std::move(timer)),
      mailbox_(std::make_shared<Mailbox>(std::move(wake))),
      multi_(curl_multi_init()) {}

Loop::~Loop() {
  exiting_ = true;
  mailbox_->Wake();
  if (thread_.joinable()) thread_.join();
  mailbox_->Close();
}

absl::Status Loop::SetUp() {
  if (multi_ == nullptr) return absl::ResourceExhaustedError("libcurl is out of memory");
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::OnSocket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::OnTimer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  // Idle connections that are kept. The number of open ones is not limited
  // here: libcurl would queue what passes it, unseen, and count the wait as
  // connecting. Begin refuses instead.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections_));
  const absl::Status timer = AddToEpoll(epoll_.get(), timer_.get());
  return timer.ok() ? AddToEpoll(epoll_.get(), mailbox_->wake_fd()) : timer;
}

std::shared_ptr<Transfer> Loop::Prepare(Request request, std::shared_ptr<Observer> observer) const {
  return std::make_shared<Transfer>(std::move(request), std::move(observer), mailbox_);
}

void Loop::Start(const std::shared_ptr<Transfer>& transfer) {
  ++running_;
  population_->Add();
  transfer->AskForAttention();
}

Loop::Connections Loop::connections() const {
  Connections counts;
  counts.open = open_sockets_;
  counts.transfers = active_count_;
  counts.begun = opened_sockets_;
  return counts;
}

void Loop::Drain() {
  draining_ = true;
  mailbox_->Wake();
}

void Loop::Run() {
  pthread_setname_np(pthread_self(), "upstream");
  mailbox_->BindToThisThread();
  while (!exiting_) {
    WaitAndServeSockets();
    FlushStreamResets();
    ServeCurlTimer();
    ServeEnds();
    ServeMailbox();
    ServeAlarms();
  }
  multi_.reset();
}

// --- Waiting.

void Loop::WaitAndServeSockets() {
  const bool work_waits =
      curl_due_ <= Clock::now() || !mailbox_->empty() || !unflushed_.empty();
  if (!work_waits) ArmTimer();
  std::array<epoll_event, kMaxEvents> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kMaxEvents, work_waits ? 0 : -1);
  for (int i = 0; i < count; ++i) {
    const int descriptor = events[i].data.fd;
    if (descriptor == timer_.get()) {
      armed_ = Clock::time_point::max();
      Drink(descriptor);
    } else if (descriptor == mailbox_->wake_fd()) {
      Drink(descriptor);
    } else {
      Act(descriptor, CurlEvents(events[i].events));
    }
  }
}

void Loop::Act(curl_socket_t socket, int events) {
  int still_running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &still_running);
  EndEvents();
}

void Loop::EndEvents() {
  for (Transfer* transfer : told_) transfer->EndEvents();
  told_.clear();
}

void Loop::ArmTimer() {
  const Clock::time_point next = std::min(curl_due_, alarms_.next());
  // A timer that goes off too early does no harm, and leaving it saves calls.
  if (next >= armed_) return;
  armed_ = next;
  const itimerspec spec = AbsoluteTime(next);
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

int Loop::OnTimer(CURLM*, long timeout_ms, void* self) {
  static_cast<Loop*>(self)->curl_due_ =
      timeout_ms < 0 ? Clock::time_point::max()
                     : Clock::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

int Loop::OnSocket(CURL* handle, curl_socket_t socket, int what, void* self, void* known) {
  auto* loop = static_cast<Loop*>(self);
  loop->Watch(socket, what, known != nullptr);
  if (loop->settings_.http2) loop->NoteConnection(handle, socket, what);
  return 0;
}

void Loop::Watch(curl_socket_t socket, int what, bool known) {
  epoll_event event{};
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, &event);
    return;
  }
  event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) |
                 ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
  const int operation = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.get(), operation, socket, &event) != 0) {
    // libcurl may close a socket and get its number again between two calls.
    epoll_ctl(epoll_.get(), errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  }
  // Any pointer will do: libcurl hands it back as `known`.
  if (!known) curl_multi_assign(multi_.get(), socket, this);
}

// --- Serving.

void Loop::ServeMailbox() {
  mailbox_->Take(&taken_);
  for (const std::shared_ptr<Transfer>& transfer : taken_) Attend(transfer);
  taken_.clear();
  if (draining_ && !(active_.empty() && resting_.empty())) CancelAll();
}

void Loop::Attend(const std::shared_ptr<Transfer>& transfer) {
  transfer->ClearAttention();
  if (transfer->state() == Transfer::State::kEnded) return;
  if (draining_) transfer->Stop(End::kCancelled, "the client is going away");
  if (transfer->cancel_wanted()) transfer->Stop(End::kCancelled, "cancelled");
  if (!transfer->stopped() && transfer->state() == Transfer::State::kQueued) Begin(transfer);
  if (!transfer->stopped()) transfer->ApplyFlow();
  EndEvents();
  if (transfer->stopped()) Finish(transfer, CURLE_OK);
}

void Loop::Begin(const std::shared_ptr<Transfer>& transfer) {
  if (transfer->begin_at() > Clock::now()) {
    resting_.insert(transfer);
    alarms_.Set(transfer.get(), transfer->begin_at());
    return;
  }
  resting_.erase(transfer);
  if (active_.size() >= max_connections_) {
    transfer->Stop(End::kConnectFailed,
                   absl::StrCat("all ", max_connections_, " connections are in use"));
    return;
  }
  transfer->Begin(pool_.Take(), {&settings_, &alarms_, &told_});
  if (transfer->stopped()) return;
  CountConnections(transfer->handle());
  const CURLMcode added = curl_multi_add_handle(multi_.get(), transfer->handle());
  if (added != CURLM_OK) {
    transfer->Stop(End::kConnectFailed, curl_multi_strerror(added));
    return;
  }
  active_.insert(transfer);
  active_count_ = active_.size();
}

// libcurl keeps the function that closes with the connection, which may outlive the
// handle, but not the loop.
void Loop::CountConnections(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &Loop::OnOpenSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &Loop::OnCloseSocket);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t Loop::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  const int made =
      socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made < 0) return CURL_SOCKET_BAD;
  ++static_cast<Loop*>(self)->open_sockets_;
  ++static_cast<Loop*>(self)->opened_sockets_;
  return made;
}

int Loop::OnCloseSocket(void* self, curl_socket_t socket) {
  --static_cast<Loop*>(self)->open_sockets_;
  return close(socket);
}

void Loop::ServeCurlTimer() {
  if (curl_due_ > Clock::now()) return;
  curl_due_ = Clock::time_point::max();
  Act(CURL_SOCKET_TIMEOUT, 0);
}

void Loop::ServeEnds() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    // The message dies with the handle's removal.
    const CURLcode result = message->data.result;
    Finish(static_cast<Transfer*>(transfer)->shared_from_this(), result);
  }
}

void Loop::ServeAlarms() {
  const Clock::time_point now = Clock::now();
  while (Alarm* alarm = alarms_.TakeDue(now)) {
    const std::shared_ptr<Transfer> transfer =
        static_cast<Transfer*>(alarm)->shared_from_this();
    if (transfer->state() == Transfer::State::kQueued) {
      Attend(transfer);
      continue;
    }
    transfer->CheckTimes(now);
    if (transfer->stopped()) Finish(transfer, CURLE_OK);
  }
}

void Loop::CancelAll() {
  std::vector<std::shared_ptr<Transfer>> all(active_.begin(), active_.end());
  all.insert(all.end(), resting_.begin(), resting_.end());
  for (const std::shared_ptr<Transfer>& transfer : all) {
    transfer->Stop(End::kCancelled, "the client is going away");
    Finish(transfer, CURLE_OK);
  }
}

void Loop::Finish(const std::shared_ptr<Transfer>& transfer, CURLcode result) {
  if (active_.erase(transfer) > 0) Remove(transfer->handle());
  EndEvents();
  active_count_ = active_.size();
  resting_.erase(transfer);
  alarms_.Set(transfer.get(), Clock::time_point::max());
  // An observer that starts the next exchange from its OnEnd finds room here.
  --running_;
  transfer->Finish(result, &pool_);
  population_->Remove();
}

// With HTTP/1.1 this closes the connection of a transfer that is cut short. With
// HTTP/2 it only writes a RST_STREAM into libcurl's buffer, where it stays until
// something else happens on the connection (curl issue 17611; fixed in 8.15). So
// a connection without other streams is closed as well, and one with others is
// served as if its socket were ready, which sends what is buffered unless all of
// them are paused.
void Loop::Remove(CURL* handle) {
  curl_off_t connection = -1;
  if (settings_.http2) {
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_getinfo(handle, CURLINFO_CONN_ID, &connection);
  }
  curl_multi_remove_handle(multi_.get(), handle);
  if (connection >= 0) unflushed_.insert(connection);
}

void Loop::FlushStreamResets() {
  if (unflushed_.empty()) return;
  std::vector<curl_socket_t> sockets;
  for (const auto& [socket, connection] : connection_of_) {
    if (unflushed_.contains(connection)) sockets.push_back(socket);
  }
  unflushed_.clear();
  for (const curl_socket_t socket : sockets) Act(socket, CURL_CSELECT_IN | CURL_CSELECT_OUT);
}

void Loop::NoteConnection(CURL* handle, curl_socket_t socket, int what) {
  curl_off_t connection = -1;
  if (what == CURL_POLL_REMOVE) {
    connection_of_.erase(socket);
  } else if (curl_easy_getinfo(handle, CURLINFO_CONN_ID, &connection) == CURLE_OK) {
    connection_of_[socket] = connection;
  }
}

}  // namespace fireworks::upstream
