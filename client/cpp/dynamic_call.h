// Calls of methods that are known as descriptors only (contract.h), on messages from JSON.
#ifndef FIREWORKS_CLIENT_CPP_DYNAMIC_CALL_H_
#define FIREWORKS_CLIENT_CPP_DYNAMIC_CALL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/rpc.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

// A message from Protobuf's JSON mapping. INVALID_ARGUMENT: no JSON, an unknown field, a
// value that does not fit.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> MessageFromJson(
    const google::protobuf::Descriptor* type, absl::string_view json);

// Sets a field of that name to a string or number; a message without it stays as it is.
void SetString(google::protobuf::Message* message, const char* field, const std::string& value);
void SetInt32(google::protobuf::Message* message, const char* field, int value);

// A unary call.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> CallMethod(
    Connection* connection, const google::protobuf::MethodDescriptor* method,
    const google::protobuf::Message& request, const CallOptions& options);

// Hands the entries of all pages to `on_entry`, until it answers false. The method must
// have pages (EntriesOf). The timeout is that of all pages together.
absl::Status CallAllPages(Connection* connection, const google::protobuf::MethodDescriptor* method,
                          google::protobuf::Message* request, CallOptions options,
                          const std::function<bool(const google::protobuf::Message&)>& on_entry);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_DYNAMIC_CALL_H_
