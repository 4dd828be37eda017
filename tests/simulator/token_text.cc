#include "tests/simulator/token_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

constexpr std::size_t kMaxLiteralTokenBytes = 8;

constexpr std::array<absl::string_view, 48> kWords = {
    "river",  "stone",   "light", "under",  "a",      "quiet", "bridge", "carries",
    "the",    "evening", "train", "toward", "small",  "towns", "where",  "lamps",
    "and",    "voices",  "meet",  "café",   "über",   "naïve", "garden", "clock",
    "counts", "seven",   "birds", "over",   "field",  "of",    "winter", "wheat",
    "日本",   "paper",   "boats", "drift",  "past",   "old",   "mills",  "while",
    "rain",   "writes",  "its",   "slow",   "letter", "on",    "glass",  "🌾",
};

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Where the token that begins at `begin` ends: before the next space that
// follows a word, or after kMaxLiteralTokenBytes.
std::size_t LiteralTokenEnd(absl::string_view text, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < text.size()) {
    const bool next_word = absl::ascii_isspace(text[end]) && !absl::ascii_isspace(text[end - 1]);
    const bool full = end - begin >= kMaxLiteralTokenBytes;
    if ((next_word || full) && !IsContinuation(text[end])) break;
    ++end;
  }
  return end;
}

}  // namespace

std::uint64_t StableHash(absl::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
  }
  return hash;
}

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  // The finaliser of SplitMix64.
  std::uint64_t mixed = a + 0x9E3779B97F4A7C15u * (b + 1);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

TokenText TokenText::Generated(std::uint64_t seed, std::size_t count) {
  TokenText text;
  text.seed_ = seed;
  text.size_ = count;
  return text;
}

TokenText TokenText::Literal(std::string literal) {
  TokenText text;
  for (std::size_t begin = 0; begin < literal.size(); begin = LiteralTokenEnd(literal, begin)) {
    text.offsets_.push_back(begin);
  }
  text.size_ = text.offsets_.size();
  text.offsets_.push_back(literal.size());
  text.literal_ = std::move(literal);
  return text;
}

void TokenText::Truncate(std::size_t size) {
  size_ = std::min(size_, size);
}

std::string TokenText::Token(std::size_t index) const {
  if (!offsets_.empty()) {
    return literal_.substr(offsets_[index], offsets_[index + 1] - offsets_[index]);
  }
  const std::uint64_t random = Mix(seed_, index);
  const absl::string_view word = kWords[random % kWords.size()];
  const bool stop = (random >> 32) % 12 == 0;
  return absl::StrCat(index == 0 ? "" : " ", word, stop ? "." : "");
}

std::string TokenText::Join(std::size_t begin, std::size_t end) const {
  std::string joined;
  for (std::size_t i = begin; i < std::min(end, size_); ++i) joined += Token(i);
  return joined;
}

int TokenId(absl::string_view token) {
  return static_cast<int>(StableHash(token) % 128'000);
}

double TokenLogprob(absl::string_view token) {
  return -static_cast<double>(StableHash(token) % 2000) / 1000.0;
}

}  // namespace fireworks::simulator
