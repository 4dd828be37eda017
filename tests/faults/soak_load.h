// Calls of all kinds, one after the other, with random faults, cancels, deadlines and
// slow readers: what one caller of the soak test does.
#ifndef FIREWORKS_TESTS_FAULTS_SOAK_LOAD_H_
#define FIREWORKS_TESTS_FAULTS_SOAK_LOAD_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "tests/faults/calls.h"

namespace fireworks::faults {

// Cancels calls after a while, on a thread of its own. Thread-safe.
class Canceller {
 public:
  Canceller();
  ~Canceller();

  // `context` must stay until Forget has returned.
  void CancelAfter(grpc::ClientContext* context, std::chrono::milliseconds delay);
  void Forget(grpc::ClientContext* context);

 private:
  using Clock = std::chrono::steady_clock;

  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, grpc::ClientContext*> due_;  // guarded by mutex_
  bool ending_ = false;                                         // guarded by mutex_
  std::thread thread_;
};

// What callers saw.
struct Tally {
  // Calls that their callers saw through: by status.
  std::map<grpc::StatusCode, std::uint64_t> seen_through;
  // Calls that may have ended by the caller's doing.
  std::uint64_t abandoned = 0;
  // Endings that cannot be the truth, in words; the last one.
  std::uint64_t lies = 0;
  std::string lie;

  std::uint64_t calls() const;
  void Add(const Tally& other);
};

// One caller. To be used by one thread.
class SoakCaller {
 public:
  SoakCaller(std::uint32_t seed, std::shared_ptr<grpc::Channel> channel, Canceller* canceller);

  // Makes one call and waits for its end.
  void MakeOne();

  const Tally& tally() const { return tally_; }

 private:
  void SeeThrough(Call call);
  void Abandon(Call call);
  void ReadSlowly();
  int Random(int below);

  std::mt19937 random_;
  const std::shared_ptr<grpc::Channel> channel_;
  Canceller* const canceller_;
  Tally tally_;
};

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_SOAK_LOAD_H_
