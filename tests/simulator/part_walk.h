// One choice's answer in the parts and pieces in which a stream tells it:
// reasoning, then content, then each tool call.
//
// Thread-compatible. The choice must outlive what is made of it.
#ifndef FIREWORKS_TESTS_SIMULATOR_PART_WALK_H_
#define FIREWORKS_TESTS_SIMULATOR_PART_WALK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/simulator/generation.h"

namespace fireworks::simulator {

struct Part {
  enum class Kind { kReasoning, kContent, kCall };

  Kind kind;
  // Reasoning, content, or a call's arguments.
  const TokenText* text;
  // Of a call only.
  const Generation::Call* call;
};

// The parts of an answer, in order. A model that is cut while it reasons, or
// that calls tools, has no content.
std::vector<Part> PartsOf(const Generation::Choice& choice);

class PartWalk {
 public:
  struct Step {
    enum class Kind { kOpen, kPiece, kClose, kEnd };

    Kind kind = Kind::kEnd;
    // Position of the part among the answer's parts; none for kEnd.
    std::size_t part = 0;
    // kPiece: tokens [begin, end) of the part's text.
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // Pieces are of `chunk_tokens` tokens.
  PartWalk(const Generation::Choice& choice, std::size_t chunk_tokens)
      : parts_(PartsOf(choice)), chunk_tokens_(chunk_tokens) {}

  // For each part kOpen, its pieces, kClose; then kEnd, again and again.
  Step Next();

  // Leaves out what remains of the open part's text.
  void SkipText() { position_ = parts_[part_].text->size(); }

  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::vector<Part> parts_;
  std::size_t chunk_tokens_;
  std::size_t part_ = 0;
  bool open_ = false;
  // Tokens told of the open part.
  std::size_t position_ = 0;
};

// What a stream tells of a piece: its tokens and, of content, `pad_bytes` more.
std::string PieceText(const Part& part, const PartWalk::Step& step, std::size_t pad_bytes);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_PART_WALK_H_
