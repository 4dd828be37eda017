// Messages that wait for their caller.
#ifndef FIREWORKS_SERVICE_SERVER_MESSAGE_QUEUE_H_
#define FIREWORKS_SERVICE_SERVER_MESSAGE_QUEUE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "service/server/outgoing_message.h"

namespace fireworks::server {

// Holds no memory while it is empty, which it is most of the time: a std::deque would hold
// half a kilobyte for each of thousands of streams. Thread-compatible.
class MessageQueue {
 public:
  bool empty() const { return next_ == messages_.size(); }
  std::size_t size() const { return messages_.size() - next_; }

  // Takes over `messages`.
  void Append(std::vector<OutgoingMessage> messages) {
    if (messages_.empty()) {
      messages_ = std::move(messages);
      return;
    }
    // The room of those that were taken, when it is most of all there is.
    if (next_ > size()) {
      messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    for (OutgoingMessage& message : messages) messages_.push_back(std::move(message));
  }

  // The first message; there must be one.
  OutgoingMessage Take() {
    OutgoingMessage message = std::move(messages_[next_++]);
    if (empty()) Clear();
    return message;
  }

  void Clear() {
    std::vector<OutgoingMessage>().swap(messages_);
    next_ = 0;
  }

 private:
  std::vector<OutgoingMessage> messages_;  // those before next_ have been taken
  std::size_t next_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_MESSAGE_QUEUE_H_
