// Calls by method name on messages of any type: what every typed client stands on,
// and what a test replaces (mock_connection.h).
#ifndef FIREWORKS_CLIENT_CPP_RPC_H_
#define FIREWORKS_CLIENT_CPP_RPC_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

using Metadata = std::multimap<std::string, std::string>;

// The first value of `name`; empty when there is none. Valid as long as `metadata`.
absl::string_view FirstValue(const Metadata& metadata, absl::string_view name);

// What came along with the answer.
struct ReceivedMetadata {
  Metadata leading;
  Metadata trailing;
};

// What goes with one call, and what is kept of it.
struct CallOptions {
  // From the start of the call to its end; of all pages together. Unset: no limit of
  // our own.
  absl::optional<absl::Duration> timeout;
  // Request metadata in order. Each must satisfy CheckMetadata (connection.h).
  std::vector<std::pair<std::string, std::string>> metadata;
  // Wait for a connection instead of failing when there is none.
  bool wait_for_ready = false;
  // Where a unary call puts the metadata of its answer; it must outlive the call. Streams
  // have theirs in `metadata()`.
  ReceivedMetadata* received = nullptr;
};

// A running server-streaming call. One thread reads; Cancel may come from any thread
// while the call lives. Destruction cancels a call that has not ended.
class MessageReader {
 public:
  virtual ~MessageReader() = default;
  // Waits for the next message. False: there is none.
  virtual bool Read(google::protobuf::Message* message) = 0;
  // Reads and drops what is left, then tells how the call went. The same each time.
  virtual const absl::Status& Finish() = 0;
  virtual void Cancel() = 0;
  // `leading` after the first Read, `trailing` after Finish.
  virtual const ReceivedMetadata& metadata() const = 0;
};

// A running client-streaming call; as MessageReader.
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;
  // Waits until gRPC has taken the message. False: the call has ended, see Finish.
  virtual bool Write(const google::protobuf::Message& message) = 0;
  // Ends the stream and waits for the answer.
  virtual absl::Status Finish(google::protobuf::Message* response) = 0;
  virtual void Cancel() = 0;
};

// Receives a stream without anybody waiting for it. The functions run on gRPC's threads,
// never two at a time, and must not block: the next message is asked for when they
// return.
struct StreamHandler {
  // Where the next message goes; asked before each one.
  std::function<google::protobuf::Message*()> next;
  // It came.
  std::function<void()> on_message;
  // The last thing that happens.
  std::function<void(const absl::Status& status, const ReceivedMetadata& metadata)> on_done;
};

// A call that runs by itself. It runs on when this is dropped.
class RunningCall {
 public:
  virtual ~RunningCall() = default;
  // Any thread. on_done comes nevertheless.
  virtual void Cancel() = 0;
};

// The way to the service. Thread-safe. Methods are called as
// `fireworks.gateway.v1.ModelService/GetModel`. Statuses carry details: see error.h.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                            google::protobuf::Message* response, const CallOptions& options) = 0;
  virtual std::unique_ptr<MessageReader> Read(const std::string& method,
                                              const google::protobuf::Message& request,
                                              const CallOptions& options) = 0;
  virtual std::unique_ptr<MessageWriter> Write(const std::string& method,
                                               const CallOptions& options) = 0;
  virtual std::shared_ptr<RunningCall> Subscribe(const std::string& method,
                                                 const google::protobuf::Message& request,
                                                 StreamHandler handler,
                                                 const CallOptions& options) = 0;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_RPC_H_
