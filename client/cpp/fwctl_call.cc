#include "client/cpp/fwctl_call.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cpp/command.h"
#include "client/cpp/contract.h"
#include "client/cpp/dynamic_call.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"

namespace fireworks::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr char kDescription[] =
    R"(Calls any method of the contract. The request is JSON in Protobuf's mapping: an
argument, `-` for stdin, or @FILE; without one it is empty. The answer is a line of
JSON; a stream is a line per message, as they come. The service need not offer
reflection: fwctl knows the contract.

  fwctl call --list
  fwctl call --list ModelService
  fwctl call --describe ModelService/ListModels
  fwctl call ModelService/GetModel '{"name": "accounts/fireworks/models/x"}'
  fwctl call ListModels '{"parent": "accounts/fireworks"}' --all | jq -r .name
  fwctl call CompletionService/StreamCompletion @request.json

Methods are named `Service/Method`, with or without the service's package; the
service may be left out where one service alone has such a method. An upload, whose
requests are a stream, takes one JSON value per message, one after the other on
lines of their own.
)";

std::string TypeName(const FieldDescriptor* field) {
  if (field->is_map()) {
    return absl::StrCat("map<", TypeName(field->message_type()->map_key()), ", ",
                        TypeName(field->message_type()->map_value()), ">");
  }
  std::string type = field->type_name();
  if (field->message_type() != nullptr) type = field->message_type()->full_name();
  if (field->enum_type() != nullptr) type = field->enum_type()->full_name();
  return absl::StrCat(field->is_repeated() ? "repeated " : "", type);
}

// `text` with `indent` before each line that is not empty.
std::string Indented(absl::string_view text, absl::string_view indent) {
  std::string result;
  if (text.empty()) return result;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&result, line.empty() ? "" : indent, line, "\n");
  }
  return result;
}

std::string Describe(const MethodDescriptor* method) {
  std::string text = absl::StrCat(
      PathOf(method), "\n  takes ", method->client_streaming() ? "a stream of " : "",
      method->input_type()->full_name(), "\n  answers ",
      method->server_streaming() ? "a stream of " : "", method->output_type()->full_name(),
      EntriesOf(method) == nullptr ? "" : ", page by page", "\n\n", CommentOf(method), "\n");
  for (int i = 0; i < method->input_type()->field_count(); ++i) {
    const FieldDescriptor* field = method->input_type()->field(i);
    absl::StrAppend(&text, "\n", field->json_name(), ": ", TypeName(field), "\n",
                    Indented(CommentOf(field), "    "));
  }
  return text;
}

absl::StatusOr<std::string> List(const std::vector<std::string>& words) {
  const Contract& contract = Contract::Get();
  std::vector<const ServiceDescriptor*> services = contract.services();
  if (!words.empty()) {
    const auto service = contract.FindService(words[0]);
    if (!service.ok()) return absl::InvalidArgumentError(service.status().message());
    services = {*service};
  }
  std::string text;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      absl::StrAppend(&text, PathOf(service->method(i)), "\n");
    }
  }
  return text;
}

// The messages of an upload: a JSON value on each line that is not blank. All other
// methods have one, on as many lines as it likes.
absl::StatusOr<std::vector<std::unique_ptr<Message>>> Requests(const MethodDescriptor* method,
                                                               const std::string& text) {
  std::vector<absl::string_view> values = {text};
  if (method->client_streaming()) values = absl::StrSplit(text, '\n', absl::SkipWhitespace());
  std::vector<std::unique_ptr<Message>> requests;
  for (absl::string_view value : values) {
    auto request = MessageFromJson(method->input_type(), value);
    if (!request.ok()) return request.status();
    requests.push_back(*std::move(request));
  }
  return requests;
}

class Call final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    set->AddSwitch("all", "follow the pages of a list; prints each entry as a line of JSON",
                   &all_);
    set->AddSwitch("list", "list all methods, or those of a service, instead of calling one",
                   &list_);
    set->AddSwitch("describe", "show what the method is for and what it takes", &describe_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (words.size() > 2) return absl::InvalidArgumentError("there are more than two arguments");
    if (list_) {
      const absl::StatusOr<std::string> text = List(words);
      if (!text.ok()) return text.status();
      return ReportEnd(Print(*text), absl::OkStatus(), call_.target);
    }
    if (words.empty()) return absl::InvalidArgumentError("a method is missing; see --list");
    const auto method = Contract::Get().FindMethod(words[0]);
    if (!method.ok()) return absl::InvalidArgumentError(method.status().message());
    if (describe_) return ReportEnd(Print(Describe(*method)), absl::OkStatus(), call_.target);
    return Make(*method, words);
  }

 private:
  absl::StatusOr<int> Make(const MethodDescriptor* method, const std::vector<std::string>& words) {
    if (all_ && EntriesOf(method) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("--all: ", ShortNameOf(method), " does not answer in pages"));
    }
    const absl::StatusOr<std::string> text = RequestJson(words.size() < 2 ? "{}" : words[1]);
    if (!text.ok()) return text.status();
    const auto requests = Requests(method, *text);
    if (!requests.ok()) return requests.status();
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    if (method->server_streaming()) return ReadStream(connection->get(), method, *(*requests)[0]);
    // Nothing needs tidying: the end of the connection cancels the call.
    ExitOnInterrupt();
    if (all_) return ReadPages(connection->get(), method, (*requests)[0].get());
    const auto response = method->client_streaming()
                              ? Upload(connection->get(), method, *requests)
                              : CallMethod(connection->get(), method, *(*requests)[0], call_.call);
    if (!response.ok()) return ReportError(response.status(), call_.target);
    return ReportEnd(Print(JsonLine(**response)), absl::OkStatus(), call_.target);
  }

  int ReadStream(Connection* connection, const MethodDescriptor* method, const Message& request) {
    const auto reader = connection->Read(PathOf(method), request, call_.call);
    InterruptWatcher interrupt([&reader] { reader->Cancel(); });
    const std::unique_ptr<Message> message = Contract::Get().New(method->output_type());
    absl::Status written;
    while (written.ok() && reader->Read(message.get())) written = Print(JsonLine(*message));
    if (!written.ok()) reader->Cancel();
    const absl::Status& status = reader->Finish();
    return interrupt.interrupted() ? kInterrupted : ReportEnd(written, status, call_.target);
  }

  int ReadPages(Connection* connection, const MethodDescriptor* method, Message* request) {
    absl::Status written;
    const absl::Status status =
        CallAllPages(connection, method, request, call_.call, [&written](const Message& entry) {
          written = Print(JsonLine(entry));
          return written.ok();
        });
    return ReportEnd(written, status, call_.target);
  }

  absl::StatusOr<std::unique_ptr<Message>> Upload(
      Connection* connection, const MethodDescriptor* method,
      const std::vector<std::unique_ptr<Message>>& requests) {
    const auto writer = connection->Write(PathOf(method), call_.call);
    for (const auto& request : requests) {
      if (!writer->Write(*request)) break;
    }
    std::unique_ptr<Message> response = Contract::Get().New(method->output_type());
    const absl::Status status = writer->Finish(response.get());
    if (!status.ok()) return status;
    return response;
  }

  CallFlags call_;
  bool all_ = false;
  bool list_ = false;
  bool describe_ = false;
};

}  // namespace

Command CallCommand() {
  Command command;
  command.name = "call";
  command.summary = "call any method of the contract with JSON";
  command.arguments = "SERVICE/METHOD [JSON|-|@FILE]";
  command.description = kDescription;
  command.start = [] { return std::make_unique<Call>(); };
  command.words = [] { return Contract::Get().MethodNames(); };
  return command;
}

}  // namespace fireworks::client
