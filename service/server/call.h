// One RPC from its first byte to its status: the path that every unary and
// server-streaming call takes. docs/life-of-a-call.md tells it in full.
//
// A Call sits between two owners: gRPC's reactor, until OnDone, and the
// upstream loop, until OnEnd; both share it. It calls its Face (the reactor)
// only between Start and Finish, one at a time: under its own lock, but for writes, of
// which it notes that one is in flight.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_H_
#define FIREWORKS_SERVICE_SERVER_CALL_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "google/protobuf/message.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "service/access/policy.h"
#include "service/access/quota.h"
#include "service/server/call_record.h"
#include "service/server/call_trace.h"
#include "service/server/call_status.h"
#include "service/server/content_log.h"
#include "service/server/environment.h"
#include "service/server/error.h"
#include "service/server/message_queue.h"
#include "service/server/metadata.h"
#include "service/server/multipart_body.h"
#include "service/server/outgoing_message.h"
#include "service/server/stream_judge.h"
#include "service/server/upstream_error.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// What a Call needs of its reactor.
class Face {
 public:
  virtual ~Face() = default;
  virtual void SendInitialMetadata() = 0;
  // Streams: at most one write at a time; `message` stays valid until
  // Call::OnWriteDone, which may come before this returns. `more` tells that another
  // write follows at once.
  virtual void Write(const OutgoingMessage* message, bool more) = 0;
  // Calls with one answer: the answer, before Finish.
  virtual void SetResponse(grpc::ByteBuffer response) = 0;
  // Uploads: the next request message, which comes with Call::OnMessage.
  virtual void ReadNext() = 0;
  // Once, last.
  virtual void Finish(const grpc::Status& status) = 0;
};

class Call : public upstream::Observer, public std::enable_shared_from_this<Call> {
 public:
  // `environment`, `endpoint` outlive the call; `context` and `face` live until
  // OnDone.
  Call(const Environment& environment, const Endpoint& endpoint,
       grpc::CallbackServerContext* context, Face* face);

  // First: the call counts from now on. An upload's first message is yet to come; it is
  // what Start is given.
  void Arrive();

  // Admits, encodes and starts the exchange. Finishes the call when that fails.
  // `request` is the first message, or null for an upload that ended without
  // one; it is cleared as soon as it has been read.
  void Start(grpc::ByteBuffer* request);

  // From the reactor. OnMessage: the message that ReadNext asked for, or null at
  // the end of the messages.
  void OnMessage(grpc::ByteBuffer* request);
  void OnWriteDone(bool ok);
  void OnCancel();
  void OnDone();

  // Ends the call with `error`, because the process is going away.
  void Abort(Error error);

  // Ends the call if its caller has taken no message, or not sent the one that is waited
  // for, for too long.
  void CheckCaller(std::chrono::steady_clock::time_point now);

  // What waits for the caller.
  struct Backlog {
    std::size_t queued_bytes = 0;
    bool paused = false;  // upstream is not read because of it
  };
  // Adds what has flowed since the last time to the metrics.
  Backlog CountFlow();
  // For people who look at the process. Short; any thread.
  CallStatus Describe(std::chrono::steady_clock::time_point now) const;
  std::chrono::steady_clock::time_point started_at() const { return started_at_; }

  // From the upstream loop.
  void OnBodyWanted() override;
  void OnHead(upstream::ResponseHead head) override;
  void OnEvent(const sse::Event& event) override;
  void OnEventsEnd() override;
  void OnEnd(upstream::Outcome outcome) override;

 private:
  // Where the call stands. Goes forward only.
  enum class State {
    kArriving,  // its first message is waited for
    kStarting,  // between questions: who, may it, how
    kWaiting,   // for its quota, or its turn
    kRunning,   // upstream is answering
    kFlushing,  // the status is decided; queued events go out first
    kFinished,  // Finish was called
  };

  bool is_stream() const { return endpoint_.route->stream.has_value(); }

  // Of Start: what the request becomes, or why it can't be.
  absl::optional<Error> Prepare(grpc::ByteBuffer* request, upstream::Request* prepared);
  absl::optional<Error> PrepareUpload(const google::protobuf::Message& first,
                                      upstream::Request* prepared);
  absl::Status ChooseKey(const access::PolicyRule& rule, upstream::Request* prepared);
  absl::optional<Error> AnswerLocally(const google::protobuf::Message& request);
  void SetLimits(upstream::Request* request);
  // Until the caller's deadline, negative behind it; max() without one, or with one that
  // is years away.
  std::chrono::steady_clock::duration CallerTimeLeft() const;

  // Of quotas: the answer comes with OnQuota, in most cases before AskQuota returns.
  void AskQuota(std::unique_ptr<upstream::Request> prepared);
  void OnQuota(absl::optional<access::QuotaRefusal> refusal);

  // Of CheckCaller.
  void CutOffSlowReader(std::chrono::steady_clock::time_point now);
  void EndIdleUpload(std::chrono::steady_clock::time_point now);

  // Of admission: asks for a place among the calls that run; it comes at once, or
  // with OnAdmitted, or OnWaitOver comes first.
  void TakeTurn(std::unique_ptr<upstream::Request> prepared);
  void OnAdmitted();
  void OnWaitOver();
  void LaunchLocked();
  void EndWaitLocked();
  // Of OnDone.
  void GiveBackQuota();
  void GiveUpPlace();

  // How a call ends: without an error, or with one.
  struct Ending {
    absl::optional<Error> error;
  };

  // Of the first event of a read: whether events are still wanted.
  bool TakesEvents();
  // Of OnEvent; on the loop's thread, state kRunning. They tell whether the event
  // ended the stream.
  absl::optional<Ending> HandleEvent(const sse::Event& event);
  absl::optional<Ending> HandleMessage(const sse::Event& event);
  // Decodes an event, or makes a message of it that need not be looked at: *passed_on.
  absl::Status DecodeEvent(const sse::Event& event, bool* passed_on);
  bool MayPassOn(const sse::Event& event) const;
  // Of the loop's thread, all calls of which use the same tables.
  static json::Decoder& ThreadsDecoder();
  google::protobuf::Message* NeededMessage();
  void AddFresh(OutgoingMessage message);
  bool IsErrorEvent(const sse::Event& event) const;
  absl::optional<Error> InStreamError(const sse::Event& event) const;
  // Hands what the events since the last time have become to the caller, as far as
  // the caller takes it.
  void HandOver();
  // The answer of a call that has one.
  void SetAnswer(const google::protobuf::Message& answer);

  // Of OnEnd; they return the error that the call ends with, if any.
  absl::optional<Error> JudgeStreamEnd(const upstream::Outcome& outcome);
  absl::optional<Error> JudgeUnaryEnd(upstream::Outcome* outcome);
  bool MayHaveSpent(const upstream::Outcome& outcome) const;
  absl::optional<Error> CommonEndError(const upstream::Outcome& outcome) const;
  absl::optional<Error> DecodeAnswer(std::string body);
  // Of OnMessage: hands the next bytes of an upload, or its end, to upstream.
  absl::Status PassOn(grpc::ByteBuffer* request);
  // The stream ended or fell silent before all was said.
  Error Truncated(fireworks::errors::v1::ErrorReason reason, const std::string& why) const;

  // What is not for this caller leaves the answer; the rest is noted where content is
  // logged.
  void PrepareAnswer(google::protobuf::Message* answer);
  void ReadUsage(const google::protobuf::Message& message);

  // Decides the status. Upstream is cut off unless it has ended by itself.
  void Conclude(absl::optional<Error> error);
  // The same for an exchange that needs no more care; mutex_ is held.
  void SettleLocked(absl::optional<Error> error);
  // The next write or, when nothing is queued, what is due then. `lock` is mutex_'s and
  // let go before the write, which write_in_flight_ protects: it may take long, and what
  // it completes may be told of before it returns.
  void Pump(std::unique_lock<std::mutex> lock);
  // Of a call of which nothing is being written: the finish, if it is time for it.
  void FinishIfDueLocked();
  // Takes a message from the queue into writing_, if there is one.
  bool TakeNextLocked();
  void FinishLocked();
  // What client libraries are told of retries, in milliseconds: -1 is never.
  absl::optional<std::int64_t> Pushback() const;
  Trailers MakeTrailers() const;
  absl::string_view PhaseLocked() const;
  // Of Start, at the level DEBUG.
  void LogBeginning() const;
  // Of OnDone.
  void LogAndCount();
  absl::optional<Error> LastErrorLocked() const;
  void LogCall(grpc::StatusCode code, const std::string& reason,
               std::chrono::steady_clock::duration duration) const;
  void LogAudit(grpc::StatusCode code, const std::string& reason) const;
  void LogContent() const;
  // Of LogAndCount, with mutex_ held: all that is counted at a call's end. `reason` is
  // empty without an error.
  void CountEnd(grpc::StatusCode code, const std::string& reason,
                std::chrono::nanoseconds duration);
  void CountGeneration(const std::string& reason, std::chrono::nanoseconds duration);
  void JudgeOnlyKey();

  const Environment& environment_;
  const Endpoint& endpoint_;
  grpc::CallbackServerContext* const context_;
  Face* const face_;
  const std::chrono::steady_clock::time_point started_at_;
  const std::shared_ptr<CallTrace> trace_;  // shared with the exchange; null: none
  bool caller_deadline_binds_ = false;
  absl::optional<access::QuotaCall> quota_call_;  // set once, in Start
  // Likewise: the key of the service's that is used; null: the client's, or the caller's.
  std::shared_ptr<const upstream::ApiKey> upstream_key_;
  KeyOwner key_owner_ = KeyOwner::kService;  // likewise
  bool withholds_secrets_ = false;           // likewise

  // Of the loop's thread until the status is decided.
  absl::optional<StreamJudge> judge_;
  std::unique_ptr<google::protobuf::Message> message_;  // of a stream: null while none is needed
  upstream::ResponseHead head_;  // of a stream that has begun: what trailers tell of it
  bool events_expected_ = false;  // a 2xx event stream has begun
  bool takes_events_ = false;     // of this read; see TakesEvents
  // Since when the service has been at work on this read's events.
  absl::optional<std::chrono::steady_clock::time_point> work_began_;
  std::vector<OutgoingMessage> fresh_;  // made of events, not handed over yet
  std::size_t fresh_bytes_ = 0;         // of fresh_
  bool may_have_spent_ = false;   // upstream may have acted; see MayHaveSpent
  CallRecord record_;
  absl::optional<ContentLog> content_;  // none: nothing of it is logged

  // Of the reactor's reads, which come one after the other.
  absl::optional<MultipartBody> upload_;

  mutable std::mutex mutex_;
  State state_ = State::kArriving;             // guarded by mutex_
  // Of uploads: since when the caller's next message is waited for.
  absl::optional<std::chrono::steady_clock::time_point> waiting_since_;  // guarded by mutex_
  bool holds_quota_ = false;                   // guarded by mutex_
  // While kWaiting: what will be sent.
  std::unique_ptr<upstream::Request> prepared_;  // guarded by mutex_
  access::Admission::Ticket ticket_ = 0;         // guarded by mutex_; 0: never waited
  bool admitted_ = false;                        // guarded by mutex_
  bool counted_waiting_ = false;                 // guarded by mutex_
  absl::optional<grpc::Alarm> wait_alarm_;       // guarded by mutex_; set while it waits
  std::shared_ptr<upstream::Exchange> exchange_;  // guarded by mutex_
  MessageQueue queue_;                         // guarded by mutex_
  std::size_t queued_bytes_ = 0;               // guarded by mutex_
  std::uint64_t new_events_ = 0;               // guarded by mutex_; since CountFlow
  std::uint64_t new_pauses_ = 0;               // likewise
  std::uint64_t sent_bytes_ = 0;               // guarded by mutex_
  std::uint64_t received_bytes_ = 0;           // guarded by mutex_
  std::chrono::steady_clock::time_point wait_began_;  // guarded by mutex_
  // When the exchange was started.
  absl::optional<std::chrono::steady_clock::time_point> launched_;  // guarded by mutex_
  OutgoingMessage writing_;                    // guarded by mutex_
  bool write_in_flight_ = false;               // guarded by mutex_
  std::uint64_t writes_ = 0;                   // guarded by mutex_
  // Of CheckCaller: the write that it saw in flight, and when for the first time. Cheaper
  // than a look at the clock for each write.
  std::uint64_t checked_write_ = 0;                      // guarded by mutex_
  std::chrono::steady_clock::time_point checked_since_;  // likewise
  bool slow_reader_ = false;                   // guarded by mutex_
  bool paused_ = false;                        // guarded by mutex_
  bool caller_gone_ = false;                   // guarded by mutex_
  absl::optional<Error> abort_error_;          // guarded by mutex_
  absl::optional<Error> final_error_;          // guarded by mutex_
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_H_
