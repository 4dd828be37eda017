// One thread that runs exchanges: a curl multi handle over epoll, woken by an
// eventfd and a timerfd.
#ifndef FIREWORKS_SERVICE_UPSTREAM_LOOP_H_
#define FIREWORKS_SERVICE_UPSTREAM_LOOP_H_

#include <curl/curl.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "service/upstream/alarm_queue.h"
#include "service/upstream/easy_handle.h"
#include "service/upstream/file_descriptor.h"
#include "service/upstream/mailbox.h"
#include "service/upstream/population.h"
#include "service/upstream/transfer.h"

namespace fireworks::upstream {

// Everything that libcurl holds belongs to the loop's thread. libcurl's callbacks
// never call the multi handle: they note what is to be done, and the loop does
// it when libcurl has returned.
class Loop {
 public:
  // `settings` and `population` must outlive the loop.
  static absl::StatusOr<std::unique_ptr<Loop>> Create(const WireSettings& settings,
                                                      int max_connections, Population* population);

  // Joins the thread. Nothing may be running any more: see Drain.
  ~Loop();

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // A transfer for Start. Thread-safe.
  std::shared_ptr<Transfer> Prepare(Request request, std::shared_ptr<Observer> observer) const;

  // Runs what Prepare has made, once; one that is stopped already only ends.
  // Thread-safe; never calls the observer from inside.
  void Start(const std::shared_ptr<Transfer>& transfer);

  // Transfers started and not ended. Thread-safe.
  int running() const { return running_; }

  // Of the loop's connections: those that are open, transfers that use them, and how
  // many were begun so far. Thread-safe.
  struct Connections {
    std::size_t open = 0;
    std::size_t transfers = 0;
    std::uint64_t begun = 0;
  };
  Connections connections() const;

  // Cancels what runs, and what will be started from now on. Thread-safe.
  void Drain();

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  Loop(const WireSettings& settings, int max_connections, Population* population,
       FileDescriptor epoll, FileDescriptor timer, FileDescriptor wake);

  absl::Status SetUp();
  void Run();

  // Has libcurl do what is to be done, for a socket or because of its time, and observers
  // what they do once for all events of that.
  void Act(curl_socket_t socket, int events);
  void EndEvents();
  // Sleeps until there is something to do, and serves the sockets.
  void WaitAndServeSockets();
  void ArmTimer();
  void ServeCurlTimer();
  // See Remove.
  void FlushStreamResets();
  // What libcurl says has ended.
  void ServeEnds();
  // What other threads, and observers, have asked for.
  void ServeMailbox();
  void Attend(const std::shared_ptr<Transfer>& transfer);
  void Begin(const std::shared_ptr<Transfer>& transfer);
  // Has `handle` tell when it opens a connection, and when that is closed.
  void CountConnections(CURL* handle);
  void ServeAlarms();
  void CancelAll();
  void Finish(const std::shared_ptr<Transfer>& transfer, CURLcode result);
  // Takes a handle out of the multi handle, which cuts a transfer short that is
  // not done.
  void Remove(CURL* handle);

  // libcurl's callbacks; `self` is the loop.
  static int OnSocket(CURL* handle, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM*, long timeout_ms, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnCloseSocket(void* self, curl_socket_t socket);
  void Watch(curl_socket_t socket, int what, bool known);
  void NoteConnection(CURL* handle, curl_socket_t socket, int what);

  const WireSettings& settings_;
  const std::size_t max_connections_;
  Population* const population_;
  const FileDescriptor epoll_;
  const FileDescriptor timer_;
  const std::shared_ptr<Mailbox> mailbox_;
  std::atomic<int> running_{0};
  std::atomic<std::size_t> open_sockets_{0};
  std::atomic<std::uint64_t> opened_sockets_{0};
  std::atomic<std::size_t> active_count_{0};  // the size of active_
  std::atomic<bool> draining_{false};
  std::atomic<bool> exiting_{false};

  // The loop's thread only, once it runs.
  HandlePool pool_;
  AlarmQueue alarms_;
  absl::flat_hash_set<std::shared_ptr<Transfer>> active_;
  // Not to be begun yet.
  absl::flat_hash_set<std::shared_ptr<Transfer>> resting_;
  std::vector<std::shared_ptr<Transfer>> taken_;
  std::vector<Transfer*> told_;  // empty but while libcurl runs
  // With HTTP/2: libcurl's number of the connection that each watched socket
  // belongs to, and connections on which a stream's reset may lie unsent.
  absl::flat_hash_map<curl_socket_t, curl_off_t> connection_of_;
  absl::flat_hash_set<curl_off_t> unflushed_;
  // When libcurl wants to be called without a socket's event, and when the
  // timerfd goes off.
  Clock::time_point curl_due_ = Clock::time_point::max();
  Clock::time_point armed_ = Clock::time_point::max();
  // Last, because its end calls back into the loop.
  std::unique_ptr<CURLM, MultiDeleter> multi_;

  std::thread thread_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_LOOP_H_
