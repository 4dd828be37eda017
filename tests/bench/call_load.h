// Calls of one method to load a server with, and what they bring. Costs little: messages
// are counted and searched for times, not parsed.
//
// CallLoad is one owner's; its calls run on gRPC's threads.
#ifndef FIREWORKS_TESTS_BENCH_CALL_LOAD_H_
#define FIREWORKS_TESTS_BENCH_CALL_LOAD_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/support/byte_buffer.h"
#include "tests/bench/samples.h"

namespace fireworks::bench {

// One kind of call.
struct CallKind {
  // "/package.Service/Method"
  std::string method;
  grpc::ByteBuffer request;
  std::vector<std::pair<std::string, std::string>> metadata;
  // Whether messages carry the times at which they were written.
  bool stamped = false;
  // A reader that takes the first message and then none any more.
  bool stops = false;
};

// What calls add up to.
struct CallTotals {
  long messages = 0;
  long bytes = 0;
  int failures = 0;
  std::string first_error;
  // Microseconds: from when a message was written until it was here; from a call's start
  // until its first message; until its end. Of each place the first call does not
  // count in the last two, when there are several: it connects.
  Samples latencies;
  Samples first_messages;
  Samples calls;

  void Add(const CallTotals& others);
};

class CallLoad {
 public:
  CallLoad();
  // Cancels the calls that stop reading and waits for them; the others must be over.
  ~CallLoad();

  CallLoad(const CallLoad&) = delete;
  CallLoad& operator=(const CallLoad&) = delete;

  // Adds a place in which `repeat` calls run one after the other. `kind` outlives it.
  void AddPlace(std::shared_ptr<grpc::Channel> channel, const CallKind& kind, int repeat);

  // Starts the calls of all places that have not started yet, spread evenly over `spread`,
  // and returns then.
  void Start(std::chrono::milliseconds spread);

  // Waits until no call runs but those that stop reading, at most for `limit`; whether
  // that came.
  bool Wait(std::chrono::milliseconds limit);

  // Calls that run and have brought a message.
  int open_calls() const;

  // Once no call runs but those that stop reading, which do not count.
  CallTotals Totals() const;

 private:
  class Place;
  class Call;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  // Guarded by mutex_: places whose calls are not over, and of those the ones whose
  // calls stop reading.
  int running_ = 0;
  int stopped_ = 0;
  int open_ = 0;

  std::vector<std::unique_ptr<Place>> places_;
  std::size_t started_ = 0;
};

}  // namespace fireworks::bench

#endif  // FIREWORKS_TESTS_BENCH_CALL_LOAD_H_
