// Of service/server/call.h: how the messages of an upload reach upstream.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "service/server/answer.h"
#include "service/server/byte_buffer.h"
#include "service/server/call.h"
#include "service/server/exchange_error.h"

namespace fireworks::server {

using google::protobuf::Message;

absl::optional<Error> Call::PrepareUpload(const Message& first, upstream::Request* prepared) {
  absl::StatusOr<MultipartBody> body = MultipartBody::Create(*endpoint_.route->upload, first);
  if (!body.ok()) return RequestError(body.status());
  upload_.emplace(*std::move(body));
  prepared->has_body = true;
  prepared->body = upload_->preamble();
  prepared->more_body = true;
  prepared->body_size = upload_->size();
  prepared->headers.push_back({"content-type", upload_->content_type()});
  return absl::nullopt;
}

void Call::OnBodyWanted() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::kRunning || caller_gone_) return;
  waiting_since_ = std::chrono::steady_clock::now();
  face_->ReadNext();
}

void Call::EndIdleUpload(std::chrono::steady_clock::time_point now) {
  const auto limit = environment_.limits.upload_idle_timeout;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!waiting_since_ || now - *waiting_since_ < limit) return;
    waiting_since_.reset();
  }
  Abort(IdleUpload(limit));
}

void Call::OnMessage(grpc::ByteBuffer* request) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    waiting_since_.reset();
    if (request != nullptr) received_bytes_ += request->Length();
  }
  const absl::Status passed = PassOn(request);
  if (!passed.ok()) Abort(RequestError(passed));
}

absl::Status Call::PassOn(grpc::ByteBuffer* request) {
  std::string piece;
  if (request == nullptr) {
    if (absl::Status complete = upload_->CheckComplete(); !complete.ok()) return complete;
    piece = upload_->epilogue();
  } else {
    const std::unique_ptr<Message> message(endpoint_.request_prototype->New());
    if (!ParseByteBuffer(*request, message.get())) return NoMessageError(*message);
    request->Clear();
    absl::StatusOr<std::string> taken = upload_->TakePiece(*message);
    if (!taken.ok()) return taken.status();
    piece = *std::move(taken);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  // A caller that is gone must not have its half of a file taken for a whole one.
  if (exchange_ == nullptr || caller_gone_) return absl::OkStatus();
  exchange_->AppendBody(std::move(piece), /*last=*/request == nullptr);
  return absl::OkStatus();
}

}  // namespace fireworks::server
