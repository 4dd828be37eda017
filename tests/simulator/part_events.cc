#include "tests/simulator/part_events.h"

#include <utility>

namespace fireworks::simulator {

PartEvents::PartEvents(Generation generation, const Directives& directives)
    : generation_(std::move(generation)),
      directives_(directives),
      walk_(generation_.choices[0], directives.chunk_tokens) {}

std::optional<std::string> PartEvents::Next() {
  while (queue_.empty() && !ended_) Step();
  if (queue_.empty()) return std::nullopt;
  Event event = std::move(queue_.front());
  queue_.pop_front();
  name_ = std::move(event.name);
  return std::move(event.data);
}

void PartEvents::Push(std::string data, std::string name) {
  queue_.push_back({std::move(data), std::move(name)});
}

void PartEvents::Step() {
  if (!std::exchange(begun_, true)) return Begin();
  const PartWalk::Step step = walk_.Next();
  switch (step.kind) {
    case PartWalk::Step::Kind::kOpen:
      return Open(step.part);
    case PartWalk::Step::Kind::kPiece:
      return TellPiece(step.part, PieceText(part(step.part), step, directives_.pad_bytes));
    case PartWalk::Step::Kind::kClose:
      return Close(step.part);
    case PartWalk::Step::Kind::kEnd:
      ended_ = true;
      return End();
  }
}

}  // namespace fireworks::simulator
