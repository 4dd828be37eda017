// Text cut into tokens: either given, or made up from a seed without being
// stored, so that a stream of a million tokens costs as much memory as one of
// ten.
//
// Values; thread-compatible. The same seed gives the same text everywhere.
#ifndef FIREWORKS_TESTS_SIMULATOR_TOKEN_TEXT_H_
#define FIREWORKS_TESTS_SIMULATOR_TOKEN_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace fireworks::simulator {

// FNV-1a, 64 bits: stable across processes and platforms, unlike std::hash.
std::uint64_t StableHash(absl::string_view bytes);

// Mixes two numbers into one, well enough to look unrelated to either.
std::uint64_t Mix(std::uint64_t a, std::uint64_t b);

class TokenText {
 public:
  // No tokens.
  TokenText() = default;

  // `count` tokens of prose from `seed`. Some are not ASCII.
  static TokenText Generated(std::uint64_t seed, std::size_t count);
  // `text` in tokens of one short word each; no UTF-8 sequence is cut.
  static TokenText Literal(std::string text);

  std::size_t size() const { return size_; }
  // Drops the tokens from `size` on.
  void Truncate(std::size_t size);

  // Token `index`; the tokens of a text joined are the text.
  std::string Token(std::size_t index) const;
  // Tokens [begin, end) joined; `end` may pass the end.
  std::string Join(std::size_t begin, std::size_t end) const;
  std::string All() const { return Join(0, size_); }

 private:
  std::uint64_t seed_ = 0;
  std::size_t size_ = 0;
  std::string literal_;
  // Where each token of `literal_` begins, and its end; empty when generated.
  std::vector<std::size_t> offsets_;
};

// The made-up vocabulary number of a token.
int TokenId(absl::string_view token);
// A plausible natural logarithm of its probability: -2 < x <= 0.
double TokenLogprob(absl::string_view token);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TOKEN_TEXT_H_
