// A streamed chat completion, read chunk by chunk:
//
//   ChatStream stream(channel, request);
//   for (const ChatStream::Chunk& chunk : stream) Show(chunk);
//   if (const absl::optional<Error>& error = stream.Finish()) return Report(*error);
//
// The stream owns its call. One thread reads; Cancel may be called from any
// thread while the stream lives. Destroying a stream that has not ended cancels
// the call, which stops the generation and its billing.
#ifndef FIREWORKS_CLIENT_CPP_CHAT_STREAM_H_
#define FIREWORKS_CLIENT_CPP_CHAT_STREAM_H_

#include <cstddef>
#include <iterator>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "fireworks/inference/v1/chat_completion_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"

namespace fireworks::client {

class ChatStream {
 public:
  using Request = fireworks::inference::v1::ChatCompletionRequest;
  using Chunk = fireworks::inference::v1::ChatCompletionStreamResponse;

  // Reads as it is incremented. All iterators of a stream are at the same place.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Chunk;
    using difference_type = std::ptrdiff_t;
    using pointer = const Chunk*;
    using reference = const Chunk&;

    reference operator*() const { return stream_->chunk_; }
    pointer operator->() const { return &stream_->chunk_; }
    Iterator& operator++() {
      if (!stream_->Read()) stream_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return stream_ == other.stream_; }
    bool operator!=(const Iterator& other) const { return stream_ != other.stream_; }

   private:
    friend class ChatStream;
    explicit Iterator(ChatStream* stream) : stream_(stream) {}

    // Null at the end.
    ChatStream* stream_;
  };

  // Starts the call. How it goes shows in Finish.
  ChatStream(std::shared_ptr<grpc::Channel> channel, const Request& request,
             const CallOptions& options = {});
  ~ChatStream();
  ChatStream(const ChatStream&) = delete;
  ChatStream& operator=(const ChatStream&) = delete;

  // Waits for the first chunk. Call once. A chunk is valid until the next one is
  // read.
  Iterator begin();
  Iterator end() { return Iterator(nullptr); }

  // Ends the call: reads and drops what is left, then tells how it went. Empty:
  // every choice finished. The same answer each time.
  const absl::optional<Error>& Finish();

  // Ends the call early; reading then stops and Finish tells CANCELLED, unless
  // the call was over already. Any thread.
  void Cancel() { context_.TryCancel(); }

  // A value of the trailing metadata, such as `x-request-id`; empty when there is
  // none. Only after Finish; valid as long as the stream.
  absl::string_view Trailer(absl::string_view name) const;

 private:
  // Reads the next chunk into chunk_. False: there is none.
  bool Read();

  const std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Chunk>> reader_;
  Chunk chunk_;
  bool received_any_ = false;
  bool finished_ = false;
  absl::optional<Error> error_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CHAT_STREAM_H_
