// A call in its trace: a server span from its arrival to its end, and below it a client
// span for each attempt upstream. docs/tracing.md tells what they hold; content is
// never part of it.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_TRACE_H_
#define FIREWORKS_SERVICE_SERVER_CALL_TRACE_H_

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "service/server/call_record.h"
#include "service/server/environment.h"
#include "service/telemetry/tracing.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// Shared by the call and its exchange, which may end after it: what follows a complete
// stream is read to its end. Attempts and messages come from the exchange's thread, the
// rest from the call's.
class CallTrace final : public upstream::AttemptObserver {
 public:
  // Null without `tracing`. `tracing` and `endpoint` outlive it.
  static std::shared_ptr<CallTrace> Begin(const CallTracing* tracing, const Endpoint& endpoint,
                                          const grpc::CallbackServerContext& context);
  CallTrace(const CallTracing& tracing, const Endpoint& endpoint,
            const absl::optional<telemetry::TraceContext>& parent);

  const std::string& trace_id() const { return context_.trace_id; }

  // Before the exchange starts.
  void SetModel(const std::string& model) { model_ = model; }

  // Whether OnMessage is still to be told of messages that have none of the fields that are
  // watched for: until one has told id and model.
  bool WantsMessage() const;
  // A message of the answer has come; `record` has its usage.
  void OnMessage(const google::protobuf::Message& message, const CallRecord& record);
  // The call's status is decided; `reason` is empty for OK. Any thread.
  void Decide(const std::string& reason);
  // The call is over, and is not to be heard of again.
  void End(grpc::StatusCode code, const std::string& reason, const CallRecord& record);

  // Of the exchange.
  void OnBegin(std::vector<upstream::Header>* headers) override;
  void OnEnd(upstream::End end, int http_status) override;

 private:
  void DescribeAttempt();
  void SendContext(std::vector<upstream::Header>* headers) const;
  bool keeps_messages() const {
    return attempt_.recording() && !endpoint_.trace.operation.empty();
  }
  void ReadMessage(const google::protobuf::Message& message);
  void DescribeAnswer();
  std::string ErrorType(upstream::End end, int http_status) const;

  const CallTracing& tracing_;
  const Endpoint& endpoint_;
  telemetry::Span call_;
  const telemetry::TraceContext context_;  // of call_
  std::string model_;

  // Of the exchange's thread.
  telemetry::Span attempt_;
  int attempts_ = 0;
  std::chrono::steady_clock::time_point attempt_began_;
  bool answered_ = false;  // a message has come
  std::string response_id_;
  std::string response_model_;
  std::vector<std::string> finish_reasons_;
  absl::optional<std::int64_t> input_tokens_;
  absl::optional<std::int64_t> output_tokens_;
  absl::optional<std::int64_t> cached_tokens_;
  absl::optional<std::int64_t> reasoning_tokens_;

  mutable std::mutex mutex_;
  absl::optional<std::string> reason_;  // guarded by mutex_; set once decided
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_TRACE_H_
