#include "service/upstream/outgoing_body.h"

#include <algorithm>
#include <cstring>

namespace fireworks::upstream {
namespace {

// Assigning an empty string would keep the memory.
void Free(std::string* text) { std::string().swap(*text); }

}  // namespace

void OutgoingBody::Append(std::string piece, bool last) {
  std::lock_guard<std::mutex> lock(appended_mutex_);
  appended_ = std::move(piece);
  appended_last_ = last;
}

bool OutgoingBody::HasAppended() {
  std::lock_guard<std::mutex> lock(appended_mutex_);
  return appended_.has_value();
}

bool OutgoingBody::TakeAppended() {
  std::lock_guard<std::mutex> lock(appended_mutex_);
  if (!appended_) return false;
  piece_ = *std::move(appended_);
  appended_.reset();
  size_ = piece_.size();
  read_ = 0;
  open_ = !appended_last_;
  return true;
}

void OutgoingBody::Drop() {
  keep_ = false;
  if (drained()) Free(&piece_);
}

std::size_t OutgoingBody::Read(char* buffer, std::size_t capacity) {
  const std::size_t count = std::min(capacity, size_ - read_);
  std::memcpy(buffer, piece_.data() + read_, count);
  read_ += count;
  // A stream may last for an hour.
  if (drained() && !keep_) Free(&piece_);
  return count;
}

}  // namespace fireworks::upstream
