#include "client/cpp/dynamic_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/contract.h"
#include "google/protobuf/util/json_util.h"

namespace fireworks::client {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

namespace {

std::string GetString(const Message& message, const char* field) {
  const FieldDescriptor* found = message.GetDescriptor()->FindFieldByName(field);
  return found == nullptr ? "" : message.GetReflection()->GetString(message, found);
}

// Makes the timeout, if there is one, what is left until `end`.
void LeaveTheRest(absl::Time end, CallOptions* options) {
  if (options->timeout) options->timeout = std::max(absl::ZeroDuration(), end - absl::Now());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> MessageFromJson(const Descriptor* type,
                                                         absl::string_view json) {
  std::unique_ptr<Message> message = Contract::Get().New(type);
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), message.get());
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        type->full_name(), ": ", absl::string_view(status.message().data(),
                                                   status.message().size())));
  }
  return message;
}

void SetString(Message* message, const char* field, const std::string& value) {
  const FieldDescriptor* found = message->GetDescriptor()->FindFieldByName(field);
  if (found != nullptr) message->GetReflection()->SetString(message, found, value);
}

void SetInt32(Message* message, const char* field, int value) {
  const FieldDescriptor* found = message->GetDescriptor()->FindFieldByName(field);
  if (found != nullptr) message->GetReflection()->SetInt32(message, found, value);
}

absl::StatusOr<std::unique_ptr<Message>> CallMethod(Connection* connection,
                                                    const MethodDescriptor* method,
                                                    const Message& request,
                                                    const CallOptions& options) {
  std::unique_ptr<Message> response = Contract::Get().New(method->output_type());
  absl::Status status = connection->Call(PathOf(method), request, response.get(), options);
  if (!status.ok()) return status;
  return response;
}

absl::Status CallAllPages(Connection* connection, const MethodDescriptor* method, Message* request,
                          CallOptions options,
                          const std::function<bool(const Message&)>& on_entry) {
  const FieldDescriptor* entries = EntriesOf(method);
  const absl::Time end = absl::Now() + options.timeout.value_or(absl::InfiniteDuration());
  while (true) {
    auto page = CallMethod(connection, method, *request, options);
    if (!page.ok()) return page.status();
    const auto* reflection = (*page)->GetReflection();
    for (int i = 0; i < reflection->FieldSize(**page, entries); ++i) {
      if (!on_entry(reflection->GetRepeatedMessage(**page, entries, i))) return absl::OkStatus();
    }
    const std::string token = GetString(**page, "next_page_token");
    if (token.empty()) return absl::OkStatus();
    if (token == GetString(*request, "page_token")) {
      return absl::InternalError("the list does not end: a page named itself as the next one");
    }
    SetString(request, "page_token", token);
    LeaveTheRest(end, &options);
  }
}

}  // namespace fireworks::client
