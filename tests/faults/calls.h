// The calls that faults are tried on: one of each kind, made through the stubs that
// callers have.
#ifndef FIREWORKS_TESTS_FAULTS_CALLS_H_
#define FIREWORKS_TESTS_FAULTS_CALLS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

namespace fireworks::faults {

enum class Call {
  kGet,         // GetModel
  kPost,        // CreateChatCompletion
  kBigPost,     // the same, with a request of 16 MiB
  kUpload,      // UploadDatasetFile, of 16 MiB
  kSmallUpload,  // the same, of 64 KiB
  kChat,        // StreamChatCompletion
  kCompletion,  // StreamCompletion
  kResponse,    // StreamResponse
  kMessage,     // StreamMessage
};

inline constexpr Call kStreams[] = {Call::kChat, Call::kCompletion, Call::kResponse,
                                    Call::kMessage};

// "GET", "POST", "chat", …
const char* NameOf(Call call);
bool IsStream(Call call);

// What a caller sees of a call, beside metadata.
struct Result {
  std::size_t messages = 0;  // of a stream
  // The text of all deltas, or of the one answer; empty where there is none.
  std::string text;
  grpc::Status status;
};

// Makes the call and reads it to its end. The simulator answers "one two three
// four" unless it is told otherwise.
Result Make(Call call, const std::shared_ptr<grpc::Channel>& channel,
            grpc::ClientContext* context);

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_CALLS_H_
