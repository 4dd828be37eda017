#include "client/cpp/grpc_connection.h"

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_callback.h"

namespace fireworks::client {
namespace {

using google::protobuf::Message;

// Requests are serialized by us, at once, so that nobody has to keep the message; answers
// are parsed by us, because gRPC 1.51 takes one that does not parse for the stream's end.
using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;
using Reactor = grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

grpc::ByteBuffer Serialize(const Message& message) {
  grpc::ByteBuffer bytes;
  bool own_buffer = false;
  grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own_buffer);
  return bytes;
}

bool Deserialize(grpc::ByteBuffer* bytes, Message* message) {
  return grpc::SerializationTraits<Message>::Deserialize(bytes, message).ok();
}

grpc::Status DoesNotParse() {
  return grpc::Status(grpc::StatusCode::INTERNAL, "the answer does not parse");
}

// Success without the one message that belongs to it.
grpc::Status IsMissing() {
  return grpc::Status(grpc::StatusCode::INTERNAL, "the answer is missing");
}

std::string Path(const std::string& method) { return absl::StrCat("/", method); }

void Prepare(const CallOptions& options, const std::string& authorization,
             grpc::ClientContext* context) {
  if (options.timeout) context->set_deadline(absl::ToChronoTime(absl::Now() + *options.timeout));
  context->set_wait_for_ready(options.wait_for_ready);
  for (const auto& [key, value] : options.metadata) context->AddMetadata(key, value);
  if (!authorization.empty()) context->AddMetadata("authorization", authorization);
}

Metadata Copy(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  Metadata copy;
  for (const auto& [key, value] : metadata) {
    copy.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return copy;
}

// Whether a call that ended so, and to which nothing was answered, failed because no
// connection came about.
bool NeverConnected(const grpc::Status& status, grpc::Channel& channel) {
  // The service attaches details to its errors.
  if (!status.error_details().empty()) return false;
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
      status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
    return false;
  }
  const grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/false);
  return state == GRPC_CHANNEL_CONNECTING || state == GRPC_CHANNEL_TRANSIENT_FAILURE;
}

// Marks that this thread is one of gRPC's, as long as it lives.
class OnGrpcThread {
 public:
  OnGrpcThread() { here = true; }
  ~OnGrpcThread() { here = false; }

  static thread_local bool here;
};
thread_local bool OnGrpcThread::here = false;

// With its last channel gRPC 1.51 waits for its threads, which never ends on one of them:
// a channel that a subscription was the last to hold is left to another thread.
std::shared_ptr<grpc::Channel> DestroyedElsewhere(std::shared_ptr<grpc::Channel> channel) {
  grpc::Channel* const raw = channel.get();
  return std::shared_ptr<grpc::Channel>(
      raw, [channel = std::move(channel)](grpc::Channel*) mutable {
        if (OnGrpcThread::here) std::thread([last = std::move(channel)] {}).detach();
      });
}

// What a finished call leaves behind.
struct Outcome {
  absl::Status status;
  ReceivedMetadata metadata;
};

Outcome Conclude(const grpc::Status& status, const grpc::ClientContext& context,
                 bool received_any, grpc::Channel& channel) {
  Outcome outcome;
  const bool unreachable = !status.ok() && !received_any && NeverConnected(status, channel);
  outcome.metadata.leading = Copy(context.GetServerInitialMetadata());
  outcome.metadata.trailing = Copy(context.GetServerTrailingMetadata());
  outcome.status =
      ToStatus(status, unreachable, FirstValue(outcome.metadata.trailing, "x-request-id"));
  return outcome;
}

// A streaming call that a thread waits for. gRPC uses it until OnDone, for which End
// waits.
class BlockingCall final : public Reactor {
 public:
  BlockingCall(std::shared_ptr<grpc::Channel> channel, const std::string& method,
               const std::string& authorization, const CallOptions& options)
      : channel_(std::move(channel)) {
    Prepare(options, authorization, &context_);
    Stub(channel_).PrepareBidiStreamingCall(&context_, Path(method), {}, this);
    // Operations start outside of reactions.
    AddHold();
  }

  // Call one of them first: with the only message, or with messages to be written.
  void StartReading(const Message& request) {
    reading_ = true;
    request_ = Serialize(request);
    StartWriteLast(&request_, {});
    StartCall();
  }
  void StartWriting() { StartCall(); }

  bool Read(Message* message) {
    if (!Receive()) return false;
    if (Deserialize(&response_, message)) return true;
    does_not_parse_ = true;
    Cancel();
    Drop();
    return false;
  }

  // Reads what is left.
  void Drop() {
    while (Receive()) {
    }
  }

  bool Write(const Message& message) {
    request_ = Serialize(message);
    Await();
    StartWrite(&request_);
    return Wait();
  }

  // Waits for the end, which comes when everything has been read.
  const Outcome& End() {
    if (ended_) return outcome_;
    ended_ = true;
    RemoveHold();
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    if (does_not_parse_) status_ = DoesNotParse();
    if (!reading_ && !received_any_ && status_.ok()) status_ = IsMissing();
    outcome_ = Conclude(status_, context_, received_any_, *channel_);
    return outcome_;
  }

  void Cancel() { context_.TryCancel(); }
  bool ended() const { return ended_; }
  const Outcome& outcome() const { return outcome_; }

 private:
  void OnReadDone(bool ok) override { Wake(ok); }
  void OnWriteDone(bool ok) override {
    if (!reading_) Wake(ok);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.notify_all();
  }

  // Waits for the next message, as it came.
  bool Receive() {
    Await();
    StartRead(&response_);
    if (!Wait()) return false;
    if (!received_any_) outcome_.metadata.leading = Copy(context_.GetServerInitialMetadata());
    received_any_ = true;
    return true;
  }

  // Around one operation.
  void Await() {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_ = true;
  }
  bool Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !pending_; });
    return succeeded_;
  }
  void Wake(bool ok) {
    const std::lock_guard<std::mutex> lock(mutex_);
    succeeded_ = ok;
    pending_ = false;
    changed_.notify_all();
  }

  const std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  bool reading_ = false;
  bool received_any_ = false;
  bool does_not_parse_ = false;
  bool ended_ = false;
  Outcome outcome_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Under mutex_.
  bool pending_ = false;
  bool succeeded_ = false;
  bool done_ = false;
  grpc::Status status_;
};

class GrpcReader final : public MessageReader {
 public:
  explicit GrpcReader(std::unique_ptr<BlockingCall> call) : call_(std::move(call)) {}
  ~GrpcReader() override {
    if (call_->ended()) return;
    call_->Cancel();
    Finish();
  }

  bool Read(Message* message) override { return !call_->ended() && call_->Read(message); }
  const absl::Status& Finish() override {
    if (!call_->ended()) call_->Drop();
    return call_->End().status;
  }
  void Cancel() override { call_->Cancel(); }
  const ReceivedMetadata& metadata() const override { return call_->outcome().metadata; }

 private:
  const std::unique_ptr<BlockingCall> call_;
};

class GrpcWriter final : public MessageWriter {
 public:
  explicit GrpcWriter(std::unique_ptr<BlockingCall> call, ReceivedMetadata* received)
      : call_(std::move(call)), received_(received) {}
  ~GrpcWriter() override {
    if (call_->ended()) return;
    call_->Cancel();
    call_->Drop();
    call_->End();
  }

  bool Write(const Message& message) override {
    return !call_->ended() && call_->Write(message);
  }
  absl::Status Finish(Message* response) override {
    if (!call_->ended()) {
      call_->StartWritesDone();
      call_->Read(response);
      call_->Drop();
    }
    const Outcome& outcome = call_->End();
    if (received_ != nullptr) *received_ = outcome.metadata;
    return outcome.status;
  }
  void Cancel() override { call_->Cancel(); }

 private:
  const std::unique_ptr<BlockingCall> call_;
  ReceivedMetadata* const received_;
};

// A streaming call that nobody waits for. It belongs to itself until OnDone, and to
// whoever may want to cancel it.
class SubscribedCall final : public Reactor, public RunningCall {
 public:
  static std::shared_ptr<SubscribedCall> Start(std::shared_ptr<grpc::Channel> channel,
                                               const std::string& method,
                                               const std::string& authorization,
                                               const Message& request, StreamHandler handler,
                                               const CallOptions& options) {
    auto call = std::make_shared<SubscribedCall>(std::move(channel), std::move(handler));
    call->self_ = call;
    Prepare(options, authorization, &call->context_);
    Stub(call->channel_)
        .PrepareBidiStreamingCall(&call->context_, Path(method), {}, call.get());
    call->request_ = Serialize(request);
    call->StartWriteLast(&call->request_, {});
    call->StartRead(&call->response_);
    call->StartCall();
    return call;
  }

  // For make_shared; see Start.
  SubscribedCall(std::shared_ptr<grpc::Channel> channel, StreamHandler handler)
      : channel_(std::move(channel)), handler_(std::move(handler)) {}

  void Cancel() override { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    const OnGrpcThread mark;
    received_any_ = true;
    if (!does_not_parse_ && !Deserialize(&response_, handler_.next())) {
      does_not_parse_ = true;
      Cancel();
    }
    if (!does_not_parse_) handler_.on_message();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    const OnGrpcThread mark;
    const std::shared_ptr<SubscribedCall> self = std::move(self_);
    const Outcome outcome = Conclude(does_not_parse_ ? DoesNotParse() : status, context_,
                                     received_any_, *channel_);
    // What the functions hold is freed with the call, not with the last handle on it.
    const StreamHandler handler = std::move(handler_);
    handler.on_done(outcome.status, outcome.metadata);
  }

  const std::shared_ptr<grpc::Channel> channel_;
  StreamHandler handler_;
  std::shared_ptr<SubscribedCall> self_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  bool received_any_ = false;
  bool does_not_parse_ = false;
};

}  // namespace

GrpcConnection::GrpcConnection(std::shared_ptr<grpc::Channel> channel, const std::string& token)
    : channel_(DestroyedElsewhere(std::move(channel))),
      authorization_(token.empty() ? "" : absl::StrCat("Bearer ", token)) {}

absl::Status GrpcConnection::Call(const std::string& method, const Message& request,
                                  Message* response, const CallOptions& options) {
  grpc::ClientContext context;
  Prepare(options, authorization_, &context);
  const grpc::ByteBuffer bytes = Serialize(request);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> done;
  Stub(channel_).UnaryCall(&context, Path(method), {}, &bytes, &answer,
                           [&done](grpc::Status result) { done.set_value(std::move(result)); });
  grpc::Status status = done.get_future().get();
  if (status.ok() && !answer.Valid()) {
    status = IsMissing();
  } else if (status.ok() && !Deserialize(&answer, response)) {
    status = DoesNotParse();
  }
  Outcome outcome = Conclude(status, context, false, *channel_);
  if (options.received != nullptr) *options.received = std::move(outcome.metadata);
  return std::move(outcome.status);
}

std::unique_ptr<MessageReader> GrpcConnection::Read(const std::string& method,
                                                    const Message& request,
                                                    const CallOptions& options) {
  auto call = std::make_unique<BlockingCall>(channel_, method, authorization_, options);
  call->StartReading(request);
  return std::make_unique<GrpcReader>(std::move(call));
}

std::unique_ptr<MessageWriter> GrpcConnection::Write(const std::string& method,
                                                     const CallOptions& options) {
  auto call = std::make_unique<BlockingCall>(channel_, method, authorization_, options);
  call->StartWriting();
  return std::make_unique<GrpcWriter>(std::move(call), options.received);
}

std::shared_ptr<RunningCall> GrpcConnection::Subscribe(const std::string& method,
                                                       const Message& request,
                                                       StreamHandler handler,
                                                       const CallOptions& options) {
  return SubscribedCall::Start(channel_, method, authorization_, request, std::move(handler),
                               options);
}

}  // namespace fireworks::client
