// Streams that tell an answer part by part: responses and messages.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_PART_EVENTS_H_
#define FIREWORKS_TESTS_SIMULATOR_PART_EVENTS_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/part_walk.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

class PartEvents : public EventSource {
 public:
  std::optional<std::string> Next() final;
  std::string name() const final { return name_; }

 protected:
  // Tells the first choice of `generation`.
  PartEvents(Generation generation, const Directives& directives);

  // Each pushes the events of one step, or none.
  virtual void Begin() = 0;
  virtual void Open(std::size_t index) = 0;
  virtual void TellPiece(std::size_t index, const std::string& text) = 0;
  virtual void Close(std::size_t index) = 0;
  virtual void End() = 0;

  void Push(std::string data, std::string name = {});
  // The name of the error that is given next.
  void set_name(std::string name) { name_ = std::move(name); }

  const Generation& generation() const { return generation_; }
  const Directives& directives() const { return directives_; }
  const Part& part(std::size_t index) const { return walk_.parts()[index]; }

 private:
  struct Event {
    std::string data;
    std::string name;
  };

  void Step();

  const Generation generation_;
  const Directives directives_;
  PartWalk walk_;
  bool begun_ = false;
  bool ended_ = false;
  std::deque<Event> queue_;
  std::string name_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_PART_EVENTS_H_
