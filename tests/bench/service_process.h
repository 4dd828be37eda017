// The service as a process, for benchmarks that run their upstream themselves.
#ifndef FIREWORKS_TESTS_BENCH_SERVICE_PROCESS_H_
#define FIREWORKS_TESTS_BENCH_SERVICE_PROCESS_H_

#include <memory>
#include <string>

#include <sys/types.h>

namespace fireworks::bench {

// Ends the process when destroyed.
class ServiceProcess {
 public:
  // Starts `program` on a free loopback port with this upstream, and waits until it
  // listens. Null when it does not.
  static std::unique_ptr<ServiceProcess> Start(const std::string& program,
                                               const std::string& upstream);
  ~ServiceProcess();

  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

 private:
  explicit ServiceProcess(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  std::string address_;
};

}  // namespace fireworks::bench

#endif  // FIREWORKS_TESTS_BENCH_SERVICE_PROCESS_H_
