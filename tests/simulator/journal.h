// The record of every request that the simulator has seen, and where tests
// wait for what happens to them.
//
// Thread-safe. A record is shared by the journal, which lists it, and by the
// reply that is still writing to it; its fields are read through the journal.
#ifndef FIREWORKS_TESTS_SIMULATOR_JOURNAL_H_
#define FIREWORKS_TESTS_SIMULATOR_JOURNAL_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/reply.h"

namespace fireworks::simulator {

enum class RequestState {
  kOpen,          // being answered
  kFinished,      // the whole response was written
  kClientClosed,  // the client went away first
  kAborted,       // the simulator cut it, by directive or at shutdown
};

// "open", "finished", "client_closed", "aborted".
absl::string_view RequestStateName(RequestState state);
std::optional<RequestState> ParseRequestState(absl::string_view name);

// One request as it stands at the moment of asking.
struct SeenRequest {
  // 1 for the first request of the process, and so on.
  std::uint64_t id = 0;
  // The client's, or one made up when it sent none.
  std::string request_id;
  std::string method;
  std::string target;
  // The values of authorization and x-api-key read "present".
  Headers headers;
  // Cut at 1 MiB; `body_bytes` is the whole.
  std::string body;
  std::size_t body_bytes = 0;
  // Events whose bytes are in the socket; `data: [DONE]` is one, a unary body too.
  std::size_t events_sent = 0;
  std::uint64_t bytes_sent = 0;
  RequestState state = RequestState::kOpen;
};

struct JournalStats {
  std::uint64_t requests = 0;
  // Requests with an x-request-id that one before had.
  std::uint64_t repeated_request_ids = 0;
  std::uint64_t open_requests = 0;
  std::uint64_t events_sent = 0;
  std::uint64_t bytes_sent = 0;
};

class Journal {
 public:
  // The handle of one request for the reply that answers it.
  class Record {
   public:
    const std::string& request_id() const { return seen_.request_id; }
    std::uint64_t id() const { return seen_.id; }

   private:
    friend class Journal;

    // The id and request id never change; the rest is guarded by the journal.
    SeenRequest seen_;
    std::size_t credits_ = 0;
    Waker waker_;
  };
  using RecordPtr = std::shared_ptr<Record>;
  using Condition = std::function<bool(const SeenRequest&)>;

  // Lists a request as open. `waker` is called when Release gives it credits.
  RecordPtr Open(const HttpRequest& request, Waker waker);

  // For the reply that owns `record`.
  void AddSent(const RecordPtr& record, std::size_t bytes, std::size_t events);
  // Takes one credit of step mode; false when there is none.
  bool TakeCredit(const RecordPtr& record);
  void Close(const RecordPtr& record, RequestState state);

  // All requests, oldest first: the open ones and the last 10,000 others.
  std::vector<SeenRequest> List() const;
  // The newest request with that x-request-id.
  std::optional<SeenRequest> Find(absl::string_view request_id) const;

  // Blocks until the newest request with that id meets `condition`; a request
  // that is not there yet is waited for. nullopt when `timeout` passed first.
  std::optional<SeenRequest> WaitFor(absl::string_view request_id, const Condition& condition,
                                     absl::Duration timeout) const;

  // Lets the newest request with that id send `events` more; false when there
  // is no such request.
  bool Release(absl::string_view request_id, std::size_t events);

  // Calls `observer`, without locks held, after every change until Unobserve.
  // One call may still be on its way when Unobserve returns.
  std::uint64_t Observe(Waker observer);
  void Unobserve(std::uint64_t observer);

  // Forgets all requests and starts the counters anew. Open requests go on,
  // unlisted.
  void Clear();

  JournalStats stats() const;

 private:
  using Records = std::map<std::uint64_t, RecordPtr>;

  // The newest record with that id, or null.
  RecordPtr FindLocked(absl::string_view request_id) const;
  // Tells waiters and observers of a change. `lock` is released.
  void Notify(std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // The rest is guarded by `mutex_`. Keys are the records' ids.
  Records open_;
  Records closed_;
  absl::flat_hash_map<std::string, RecordPtr> newest_by_request_id_;
  absl::flat_hash_set<std::string> request_ids_;  // clients' own, of forgotten requests too
  std::map<std::uint64_t, Waker> observers_;
  std::uint64_t next_id_ = 1;
  std::uint64_t next_observer_ = 1;
  JournalStats stats_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_JOURNAL_H_
