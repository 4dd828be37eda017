// A server's stream, read message by message:
//
//   auto stream = client.StreamChatCompletion(request);
//   for (const auto& chunk : stream) Show(chunk);
//   if (!stream.Finish().ok()) Report(stream.Finish());
//
// Movable until it is read. One thread reads; Cancel may be called from any thread while
// the stream lives. Destroying a stream that has not ended cancels the call, which stops
// the generation and its billing.
#ifndef FIREWORKS_CLIENT_CPP_STREAM_H_
#define FIREWORKS_CLIENT_CPP_STREAM_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cpp/rpc.h"

namespace fireworks::client {

template <typename T>
class Stream {
 public:
  using value_type = T;

  // Reads as it is incremented. All iterators of a stream are at the same place.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    reference operator*() const { return stream_->message_; }
    pointer operator->() const { return &stream_->message_; }
    Iterator& operator++() {
      if (!stream_->Read(&stream_->message_)) stream_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return stream_ == other.stream_; }
    bool operator!=(const Iterator& other) const { return stream_ != other.stream_; }

   private:
    friend class Stream;
    explicit Iterator(Stream* stream) : stream_(stream) {}

    // Null at the end.
    Stream* stream_;
  };

  explicit Stream(std::unique_ptr<MessageReader> reader) : reader_(std::move(reader)) {}

  // Waits for the first message. Call once. A message is valid until the next one is
  // read.
  Iterator begin() { return Iterator(Read(&message_) ? this : nullptr); }
  Iterator end() { return Iterator(nullptr); }

  // The same without iterators.
  bool Read(T* message) { return reader_->Read(message); }

  // Ends the call: reads and drops what is left, then tells how it went. OK: every
  // choice finished. The same answer each time.
  const absl::Status& Finish() { return reader_->Finish(); }

  // Ends the call early; reading then stops and Finish tells CANCELLED, unless the call
  // was over already. Any thread.
  void Cancel() { reader_->Cancel(); }

  // `leading` once the first message was read, `trailing` after Finish.
  const ReceivedMetadata& metadata() const { return reader_->metadata(); }
  // A value of the trailing metadata, such as `x-request-id`; empty when there is none.
  // Only after Finish; valid as long as the stream.
  absl::string_view Trailer(absl::string_view name) const {
    return FirstValue(metadata().trailing, name);
  }

 private:
  std::unique_ptr<MessageReader> reader_;
  T message_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_STREAM_H_
