#include "client/cpp/chat_stream.h"

#include <utility>

namespace fireworks::client {

ChatStream::ChatStream(std::shared_ptr<grpc::Channel> channel, const Request& request,
                       const CallOptions& options)
    : channel_(std::move(channel)) {
  ApplyTo(options, &context_);
  reader_ = fireworks::inference::v1::ChatCompletionService::NewStub(channel_)
                ->StreamChatCompletion(&context_, request);
}

ChatStream::~ChatStream() {
  if (finished_) return;
  Cancel();
  Finish();
}

ChatStream::Iterator ChatStream::begin() { return Iterator(Read() ? this : nullptr); }

bool ChatStream::Read() {
  if (!reader_->Read(&chunk_)) return false;
  received_any_ = true;
  return true;
}

const absl::optional<Error>& ChatStream::Finish() {
  if (finished_) return error_;
  while (Read()) {
  }
  grpc::Status status = reader_->Finish();
  finished_ = true;
  if (!status.ok()) {
    error_ = ErrorFromStatus(status);
    error_->unreachable = !received_any_ && NeverConnected(status, *channel_);
  }
  return error_;
}

absl::string_view ChatStream::Trailer(absl::string_view name) const {
  const auto& trailers = context_.GetServerTrailingMetadata();
  auto found = trailers.find(grpc::string_ref(name.data(), name.size()));
  if (found == trailers.end()) return {};
  return absl::string_view(found->second.data(), found->second.size());
}

}  // namespace fireworks::client
