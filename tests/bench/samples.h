// Measured values and what is reported of them.
//
// A value; thread-compatible.
#ifndef FIREWORKS_TESTS_BENCH_SAMPLES_H_
#define FIREWORKS_TESTS_BENCH_SAMPLES_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace fireworks::bench {

class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  // In microseconds.
  void Add(std::chrono::steady_clock::duration duration) {
    Add(std::chrono::duration<double, std::micro>(duration).count());
  }
  void Add(const Samples& others) {
    values_.insert(values_.end(), others.values_.begin(), others.values_.end());
  }

  std::size_t size() const { return values_.size(); }

  // The least value that at least `share` of them do not pass; 0 of none.
  double Quantile(double share) const;

  // {"count":N,"p50":X,"p99":X,"max":X}
  std::string Json() const;

 private:
  std::vector<double> values_;
};

}  // namespace fireworks::bench

#endif  // FIREWORKS_TESTS_BENCH_SAMPLES_H_
