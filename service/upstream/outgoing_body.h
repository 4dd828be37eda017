// The body of a request on its way to libcurl: whole, or piece by piece.
#ifndef FIREWORKS_SERVICE_UPSTREAM_OUTGOING_BODY_H_
#define FIREWORKS_SERVICE_UPSTREAM_OUTGOING_BODY_H_

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace fireworks::upstream {

// Append may be called from any thread, all else belongs to the loop's thread.
class OutgoingBody {
 public:
  // `open`: `body` is only the first piece; Append brings the others.
  OutgoingBody(std::string body, bool open) : piece_(std::move(body)), open_(open) {}

  OutgoingBody(const OutgoingBody&) = delete;
  OutgoingBody& operator=(const OutgoingBody&) = delete;

  // The next piece; `last` ends the body.
  void Append(std::string piece, bool last);

  // Whether there is a piece for TakeAppended.
  bool HasAppended();
  // False when the next piece is not there yet.
  bool TakeAppended();

  // From here on the memory stays when all has been read, for TakeBack.
  void Keep() { keep_ = true; }
  // Revokes Keep: frees the memory now if all has been read, else when it has.
  void Drop();
  // What was kept, to be sent once more.
  std::string TakeBack() { return std::move(piece_); }

  // Of the piece at hand.
  std::size_t size() const { return size_; }
  // Whether the piece at hand has been read.
  bool drained() const { return read_ == size_; }
  // Whether there is a piece after the one at hand.
  bool open() const { return open_; }

  // Copies up to `capacity` bytes of the piece at hand.
  std::size_t Read(char* buffer, std::size_t capacity);

 private:
  std::string piece_;
  // Also when the memory is gone.
  std::size_t size_ = piece_.size();
  std::size_t read_ = 0;
  bool open_;
  bool keep_ = false;

  std::mutex appended_mutex_;
  std::optional<std::string> appended_;  // guarded by appended_mutex_
  bool appended_last_ = false;           // guarded by appended_mutex_
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_OUTGOING_BODY_H_
