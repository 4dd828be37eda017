#include "service/server/explain.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/marked_fields.h"
#include "service/errors/field_violations.h"
#include "service/server/allowed_request.h"
#include "service/server/callers_key.h"
#include "service/server/contract_methods.h"
#include "service/server/gatekeeper.h"
#include "service/server/metadata.h"
#include "service/server/multipart_body.h"

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

// What is made of the caller's name lets others pass for it, where a rule keeps what
// requests bring.
void RedactEffects(const PolicyEffects& effects, upstream::Request* request) {
  for (const auto& value : {effects.isolation_key, effects.affinity}) {
    if (!value) continue;
    absl::StrReplaceAll({{*value, kRedacted}}, &request->body);
    for (upstream::Header& header : request->headers) {
      absl::StrReplaceAll({{*value, kRedacted}}, &header.value);
    }
  }
}

void FillRequest(const Endpoint& endpoint, const Message& message,
                 const upstream::Request& request, v1::ExplainResponse* answer) {
  answer->set_http_method(request.method);
  for (const upstream::Header& header : request.headers) {
    v1::HttpHeader* added = answer->add_headers();
    added->set_name(header.name);
    added->set_value(header.value);
  }
  if (request.has_body) answer->set_body(request.body);
  answer->set_streams(request.wants_events);
  const contract::FieldPath& model = endpoint.route->model;
  if (model.empty()) return;
  if (std::string named = model.GetString(message); !named.empty()) {
    answer->set_model(std::move(named));
  }
}

void FillPolicy(const access::Decision& decision, const PolicyEffects& effects,
                bool uses_callers_key, v1::PolicyDecision* policy) {
  policy->set_caller(decision.caller());
  policy->set_rule(decision.rule()->name);
  if (effects.model_alias) policy->set_model_alias(*effects.model_alias);
  if (effects.max_tokens) policy->set_max_tokens(*effects.max_tokens);
  policy->set_prompt_cache_isolated(effects.isolation_key.has_value());
  policy->set_session_affinity_set(effects.affinity.has_value());
  policy->set_uses_callers_key(uses_callers_key);
  if (!uses_callers_key) policy->set_upstream_key(decision.rule()->upstream_key);
  policy->set_withholds_secrets(!decision.delivers_secrets());
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
  // RedactField never fails.
  SensitiveFields(message->GetDescriptor()).Visit(message, RedactField).IgnoreError();
}

Explain::Explain(const Environment& environment, ExplainOptions options)
    : environment_(environment), options_(std::move(options)) {}

void Explain::Add(const Endpoint& endpoint) { endpoints_.emplace(endpoint.name, &endpoint); }

absl::StatusOr<const Endpoint*> Explain::Find(absl::string_view method) const {
  const auto found = endpoints_.find(MethodName(method));
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
  return Describe(context, request_id, static_cast<const v1::ExplainRequest&>(request),
                  static_cast<v1::ExplainResponse*>(response));
}

absl::Status Explain::Describe(const grpc::CallbackServerContext& context,
                               const std::string& request_id, const v1::ExplainRequest& asked,
                               v1::ExplainResponse* answer) const {
  absl::StatusOr<const Endpoint*> found = Find(asked.method());
  if (!found.ok()) return found.status();
  const Endpoint& endpoint = **found;
  absl::StatusOr<access::Caller> caller = environment_.gatekeeper->Identify(context);
  if (!caller.ok()) return caller.status();
  const access::Decision decision = environment_.gatekeeper->Decide(*caller, endpoint.traits);
  if (!decision.allowed()) return decision.status();

  absl::StatusOr<std::unique_ptr<Message>> message =
      Unpack(asked.request(), *endpoint.request_prototype);
  if (!message.ok()) return message.status();
  Redact(message->get());
  PolicyEffects effects;
  absl::StatusOr<upstream::Request> encoded =
      EncodeAllowedRequest(decision, endpoint, environment_.names,
                           ContextHeaders(context, request_id), message->get(), &effects);
  if (!encoded.ok()) return encoded.status();
  absl::StatusOr<upstream::Secret> callers_key =
      CallersKey(context, *decision.rule(), environment_.private_listener);
  if (!callers_key.ok()) return callers_key.status();
  if (endpoint.route->upload) {
    absl::StatusOr<MultipartBody> body = MultipartBody::Create(*endpoint.route->upload, **message);
    if (!body.ok()) return body.status();
    encoded->headers.push_back({"content-type", body->content_type()});
  }
  encoded->headers.push_back({"user-agent", options_.user_agent});
  if (options_.has_api_key || !callers_key->empty()) {
    encoded->headers.push_back({"authorization", absl::StrCat("Bearer ", kRedacted)});
  }
  RedactEffects(effects, &*encoded);
  FillRequest(endpoint, **message, *encoded, answer);
  answer->set_url(absl::StrCat(absl::StripSuffix(options_.base_url, "/"), encoded->target));
  FillPolicy(decision, effects, !callers_key->empty(), answer->mutable_policy());
  return absl::OkStatus();
}

}  // namespace fireworks::server
