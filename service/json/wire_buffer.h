// Bytes of Protobuf's wire format, as they are written.
#ifndef FIREWORKS_SERVICE_JSON_WIRE_BUFFER_H_
#define FIREWORKS_SERVICE_JSON_WIRE_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "service/json/table.h"

namespace fireworks::json {

// Grows as needed and keeps its memory. Thread-compatible.
class WireBuffer {
 public:
  void Clear() { size_ = 0; }
  // Gives back memory beyond `most` bytes. Clears.
  void Shrink(std::size_t most) {
    Clear();
    if (bytes_.size() > most) std::string().swap(bytes_);
  }
  absl::string_view bytes() const { return {bytes_.data(), size_}; }

  void Tag(const WireTag& tag) {
    Reserve(sizeof tag.bytes);
    std::memcpy(end(), tag.bytes, sizeof tag.bytes);
    size_ += tag.size;
  }
  void Varint(std::uint64_t value) {
    Reserve(kMaxVarint);
    char* at = end();
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
    *at++ = static_cast<char>(value);
    SetEnd(at);
  }
  // The bytes of a float or double.
  template <typename T>
  void Fixed(T value) {
    Reserve(sizeof value);
    std::memcpy(end(), &value, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    std::reverse(end(), end() + sizeof value);
#endif
    size_ += sizeof value;
  }
  void String(absl::string_view value) {
    Varint(value.size());
    Raw(value);
  }
  void Raw(absl::string_view value) {
    Reserve(value.size());
    std::memcpy(end(), value.data(), value.size());
    size_ += value.size();
  }

  // Begins something whose length, probably not beyond `most`, comes before it.
  struct Length {
    std::size_t begin;
    std::size_t width;  // bytes kept free for it, before `begin`
  };
  Length OpenLength(std::size_t most) {
    Reserve(kMaxVarint);
    std::size_t width = 1;
    for (; most >= 0x80; most >>= 7) ++width;
    size_ += width;
    return {size_, width};
  }
  // Ends it; false when the length is beyond `most` by so much that it has no room. What
  // it did not need is closed up: callers get these bytes as any encoder writes them.
  bool CloseLength(const Length& length) {
    const std::size_t size = size_ - length.begin;
    char* const first = &bytes_[length.begin - length.width];
    char* at = first;
    std::size_t value = size;
    for (; value >= 0x80; value >>= 7) {
      if (at + 1 == first + length.width) return false;
      *at++ = static_cast<char>(value | 0x80);
    }
    *at++ = static_cast<char>(value);
    if (at != first + length.width) std::memmove(at, first + length.width, size);
    SetEnd(at + size);
    return true;
  }

  // For who writes by itself: room for `count` more bytes, and where they end.
  char* Room(std::size_t count) {
    Reserve(count);
    return end();
  }
  void SetEnd(const char* at) { size_ = static_cast<std::size_t>(at - bytes_.data()); }

 private:
  static constexpr std::size_t kMaxVarint = 10;

  char* end() { return &bytes_[0] + size_; }
  void Reserve(std::size_t count) {
    if (bytes_.size() - size_ < count) bytes_.resize(size_ * 2 + count + 256);
  }

  // The first `size_` are written, the others are room.
  std::string bytes_;
  std::size_t size_ = 0;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_WIRE_BUFFER_H_
