// One instance of the service, as a deployment runs it: a process that keeps its port
// when another one takes its place.
//
// One owner; to be used on one thread, which must live as long as the process.
#ifndef FIREWORKS_TESTS_ROLLOUT_INSTANCE_H_
#define FIREWORKS_TESTS_ROLLOUT_INSTANCE_H_

#include <memory>
#include <string>

#include "tests/e2e/program.h"

namespace fireworks::rollout {

class Instance {
 public:
  // `upstream`: its base URL. `config`: the text of its configuration.
  Instance(std::string upstream, const std::string& config);

  // Starts a process, the first one on a port that is free. False, and a failure that
  // says why, when it does not come to listen.
  bool Start();
  // What Kubernetes does when the preStop hook is through.
  void Terminate();
  // Whether the process, after Terminate, ends by itself and with 0.
  bool EndsWell();

  // "127.0.0.1:PORT"
  std::string address() const;
  // The same as a caller's context names its peer.
  std::string peer() const;
  // What the process has logged.
  std::string Log() const;

 private:
  bool StartOn(int port);

  const std::string upstream_;
  const std::string config_path_;
  int port_ = 0;
  std::unique_ptr<e2e::Program> process_;
};

}  // namespace fireworks::rollout

#endif  // FIREWORKS_TESTS_ROLLOUT_INSTANCE_H_
