// Many callers at a time, each of which makes one call after the other, and what they see:
// for tests that change something under them.
#ifndef FIREWORKS_TESTS_ROLLOUT_LOAD_H_
#define FIREWORKS_TESTS_ROLLOUT_LOAD_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "tests/faults/calls.h"

namespace fireworks::rollout {

struct LoadOptions {
  // Callers that read chat streams of `stream_events` events, one each `pace_ms`.
  int streams = 0;
  int stream_events = 0;
  int pace_ms = 0;
  // Callers that make all other kinds of calls in turn.
  int others = 0;
  // Callers that make the shortest call as often as they can.
  int short_calls = 0;
};

// What callers have seen so far.
struct Seen {
  // Streams that have brought something and have not ended, by instance: the peer as
  // gRPC names it.
  std::map<std::string, int> running;
  // Streams that have brought something, by channel and instance.
  std::map<std::pair<int, std::string>, std::uint64_t> begun;
  // Calls that have ended, by kind.
  std::map<std::string, std::uint64_t> ended;
  // Those of them that are not what they should be, in words.
  std::vector<std::string> failed;

  std::uint64_t calls() const;
};

// Thread-safe, but for Stop.
class Load {
 public:
  // Makes a call of each kind first, to know what whole ones look like; then the callers
  // begin, and take the channels in turn.
  Load(const LoadOptions& options, std::vector<std::shared_ptr<grpc::Channel>> channels);
  // Stops.
  ~Load();

  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Seen Look() const;
  // Waits until `condition` holds; false when e2e::kPatience passed first.
  bool Await(const std::function<bool(const Seen&)>& condition) const;

  // Begins no further call, and waits for those that run.
  Seen Stop();

 private:
  struct Answer {
    faults::Result result;
    std::string peer;
  };

  void ReadStreams(int caller);
  void MakeOthers(int caller);
  void MakeShortCalls(int caller);
  // One call each. The peer is empty when none was reached.
  Answer ReadOne(int channel);
  Answer MakeOne(faults::Call call, int channel) const;
  void NoteRunning(int channel, const std::string& peer, int change);
  void NoteEnd(const std::string& kind, const Answer& answer, const faults::Result& whole);
  bool stopping() const;

  const LoadOptions options_;
  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  // What calls that nothing happens to come to.
  faults::Result whole_stream_;
  std::map<faults::Call, faults::Result> whole_others_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Seen seen_;              // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace fireworks::rollout

#endif  // FIREWORKS_TESTS_ROLLOUT_LOAD_H_
