// A host name that takes as long to look up as a test wants. It stands in the place of
// libc's getaddrinfo for the whole process; all other names are libc's.
#ifndef FIREWORKS_TESTS_FAULTS_SLOW_RESOLVER_H_
#define FIREWORKS_TESTS_FAULTS_SLOW_RESOLVER_H_

#include <condition_variable>
#include <mutex>

namespace fireworks::faults {

inline constexpr char kSlowName[] = "slow.test";

// Thread-safe.
class SlowResolver {
 public:
  static SlowResolver& Get();

  // Look-ups of kSlowName that wait now.
  int inside();

  // From now on they wait, and go on, in vain, with OpenAndAwaitAll. False: one did not
  // end in time.
  void Close();
  bool OpenAndAwaitAll();

  // Of getaddrinfo.
  void LookUp();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  bool open_ = true;
  int inside_ = 0;
};

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_SLOW_RESOLVER_H_
