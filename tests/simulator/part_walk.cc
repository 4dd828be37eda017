#include "tests/simulator/part_walk.h"

#include <algorithm>

namespace fireworks::simulator {

std::vector<Part> PartsOf(const Generation::Choice& choice) {
  std::vector<Part> parts;
  if (choice.reasoning.size() > 0) {
    parts.push_back({Part::Kind::kReasoning, &choice.reasoning, nullptr});
  }
  const bool speaks = choice.content.size() > 0 || choice.reasoning.size() == 0;
  if (choice.calls.empty() && speaks) {
    parts.push_back({Part::Kind::kContent, &choice.content, nullptr});
  }
  for (const Generation::Call& call : choice.calls) {
    parts.push_back({Part::Kind::kCall, &call.arguments, &call});
  }
  return parts;
}

PartWalk::Step PartWalk::Next() {
  if (part_ == parts_.size()) return Step();
  if (!open_) {
    open_ = true;
    position_ = 0;
    return {Step::Kind::kOpen, part_, 0, 0};
  }
  const std::size_t begin = position_;
  position_ = std::min(begin + chunk_tokens_, parts_[part_].text->size());
  if (begin < position_) return {Step::Kind::kPiece, part_, begin, position_};
  open_ = false;
  return {Step::Kind::kClose, part_++, 0, 0};
}

std::string PieceText(const Part& part, const PartWalk::Step& step, std::size_t pad_bytes) {
  std::string text = part.text->Join(step.begin, step.end);
  if (part.kind == Part::Kind::kContent) text.append(pad_bytes, 'x');
  return text;
}

}  // namespace fireworks::simulator
