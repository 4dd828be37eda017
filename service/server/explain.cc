#include "service/server/explain.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/marked_fields.h"
#include "service/errors/field_violations.h"
#include "service/server/metadata.h"
#include "service/server/multipart_body.h"
#include "service/server/request_encoder.h"

namespace fireworks::server {
namespace {

namespace v1 = fireworks::service::v1;
using google::protobuf::Any;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kRedacted[] = "[redacted]";

const fireworks::options::v1::FieldMapping& MappingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(fireworks::options::v1::field);
}

absl::Status RedactField(Message* holder, const FieldDescriptor* field) {
  const Reflection& reflection = *holder->GetReflection();
  if (field->is_map()) {
    const FieldDescriptor* value = field->message_type()->map_value();
    for (int i = 0; i < reflection.FieldSize(*holder, field); ++i) {
      Message* entry = reflection.MutableRepeatedMessage(holder, field, i);
      if (value->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        entry->GetReflection()->SetString(entry, value, kRedacted);
      } else {
        entry->GetReflection()->ClearField(entry, value);
      }
    }
    return absl::OkStatus();
  }
  if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    reflection.ClearField(holder, field);
  } else if (reflection.HasField(*holder, field)) {
    // Raw JSON must stay JSON.
    const bool raw = MappingOf(*field).raw_json();
    reflection.SetString(holder, field, raw ? absl::StrCat("\"", kRedacted, "\"") : kRedacted);
  }
  return absl::OkStatus();
}

void AddHeader(absl::string_view name, absl::string_view value, v1::ExplainResponse* response) {
  v1::HttpHeader* header = response->add_headers();
  header->set_name(std::string(name));
  header->set_value(std::string(value));
}

// The request message that `any` holds; an empty one when it is unset.
absl::StatusOr<std::unique_ptr<Message>> Unpack(const Any& any, const Message& prototype) {
  std::unique_ptr<Message> message(prototype.New());
  if (any.type_url().empty() && any.value().empty()) return message;
  if (!any.UnpackTo(message.get())) {
    return errors::FieldViolation(
        "request", absl::StrCat("must hold a ", prototype.GetTypeName(), ", the method's request"));
  }
  return message;
}

}  // namespace

void Redact(Message* message) {
  const auto sensitive =
      contract::MarkedFields::Find(message->GetDescriptor(), [](const FieldDescriptor& field) {
        return MappingOf(field).sensitive();
      });
  sensitive.Visit(message, RedactField).IgnoreError();  // RedactField never fails.
}

Explain::Explain(const Names& names, ExplainOptions options)
    : names_(names), options_(std::move(options)) {}

void Explain::Add(const Endpoint& endpoint) { endpoints_.emplace(endpoint.name, &endpoint); }

absl::StatusOr<const Endpoint*> Explain::Find(absl::string_view method) const {
  std::string name(absl::StripPrefix(method, "/"));
  if (name.find('/') == std::string::npos && name.find('.') != std::string::npos) {
    name[name.rfind('.')] = '/';
  }
  const auto found = endpoints_.find(name);
  if (found == endpoints_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "no method \"", method, "\"; a full name is needed, such as "
        "`fireworks.inference.v1.ChatCompletionService/CreateChatCompletion`"));
  }
  if (found->second->local != nullptr) {
    return absl::NotFoundError(
        absl::StrCat("\"", method, "\" is answered by the service itself: no request is sent"));
  }
  return found->second;
}

absl::Status Explain::Answer(const grpc::CallbackServerContext& context,
                             const std::string& request_id, const Message& request,
                             Message* response) const {
  const auto& asked = static_cast<const v1::ExplainRequest&>(request);
  auto& answer = static_cast<v1::ExplainResponse&>(*response);
  absl::StatusOr<const Endpoint*> endpoint = Find(asked.method());
  if (!endpoint.ok()) return endpoint.status();
  absl::StatusOr<std::unique_ptr<Message>> message =
      Unpack(asked.request(), *(*endpoint)->request_prototype);
  if (!message.ok()) return message.status();
  Redact(message->get());
  absl::StatusOr<upstream::Request> encoded = EncodeRequest(**endpoint, names_, message->get());
  if (!encoded.ok()) return encoded.status();

  const contract::Route& route = *(*endpoint)->route;
  answer.set_http_method(encoded->method);
  answer.set_url(absl::StrCat(absl::StripSuffix(options_.base_url, "/"), encoded->target));
  for (const upstream::Header& header : encoded->headers) {
    AddHeader(header.name, header.value, &answer);
  }
  if (route.upload) {
    absl::StatusOr<MultipartBody> body = MultipartBody::Create(*route.upload, **message);
    if (!body.ok()) return body.status();
    AddHeader("content-type", body->content_type(), &answer);
  }
  for (const upstream::Header& header : ContextHeaders(context, request_id)) {
    AddHeader(header.name, header.value, &answer);
  }
  AddHeader("user-agent", options_.user_agent, &answer);
  if (options_.has_api_key) AddHeader("authorization", "Bearer [redacted]", &answer);
  if (encoded->has_body) answer.set_body(encoded->body);
  answer.set_streams(encoded->wants_events);
  if (std::string model = route.model.empty() ? "" : route.model.GetString(**message);
      !model.empty()) {
    answer.set_model(std::move(model));
  }
  return absl::OkStatus();
}

}  // namespace fireworks::server
