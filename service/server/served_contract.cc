#include "service/server/served_contract.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "fireworks/options/v1/request_role.pb.h"
#include "service/access/glob.h"
#include "service/server/extra_json.h"
#include "service/server/watched_fields.h"

namespace fireworks::server {
namespace {

using fireworks::options::v1::FieldMapping;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::ServiceDescriptor;

// The message that becomes the body of `route`; null when none does.
const Descriptor* BodyType(const contract::Route& route) {
  if (route.upload) return nullptr;  // Bytes, no JSON.
  switch (route.body) {
    case contract::BodyKind::kNone: return nullptr;
    case contract::BodyKind::kWhole: return route.method->input_type();
    case contract::BodyKind::kField: return route.body_field->message_type();
  }
  return nullptr;
}

// The field of `type` that has the option `flag`; null when none has.
const FieldDescriptor* FindField(const Descriptor* type, bool (FieldMapping::*flag)() const) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldMapping& mapping =
        type->field(i)->options().GetExtension(fireworks::options::v1::field);
    if ((mapping.*flag)()) return type->field(i);
  }
  return nullptr;
}

// The body's key that asks for a stream; empty when `route` and its twin know
// none.
std::string StreamField(const contract::RouteTable& routes, const contract::Route& route) {
  for (const contract::Route& other : routes.routes()) {
    if (!other.stream || other.method->service() != route.method->service()) continue;
    const auto& mapping = other.method->options().GetExtension(fireworks::options::v1::method);
    if (&other == &route || mapping.stream().stream_of() == route.method->name()) {
      return other.stream->stream_field;
    }
  }
  return "";
}

bool MatchesAny(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(), [&name](const std::string& glob) {
    return access::MatchesGlob(glob, name);
  });
}

// What the configuration says of the method `name`.
TimeLimits TimesOf(const contract::Route& route, const std::string& name, const Limits& limits) {
  TimeLimits times = limits.times;
  times.whole = route.stream || route.upload ? limits.stream_timeout
                : IsInference(route)         ? limits.inference_timeout
                                             : limits.management_timeout;
  MethodLimits own;
  const auto take = [](const auto& limit, auto* result) {
    if (!*result) *result = limit;
  };
  for (const MethodLimits& entry : limits.methods) {
    if (!MatchesAny(entry.methods, name)) continue;
    take(entry.connect, &own.connect);
    take(entry.first_event, &own.first_event);
    take(entry.idle, &own.idle);
    take(entry.answer, &own.answer);
    take(entry.whole, &own.whole);
  }
  times.connect = own.connect.value_or(times.connect);
  times.first_event = own.first_event.value_or(times.first_event);
  times.idle = own.idle.value_or(times.idle);
  times.answer = own.answer.value_or(times.answer);
  times.whole = own.whole.value_or(times.whole);
  return times;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const ServedContract>> ServedContract::Compile(
    const std::vector<const ServiceDescriptor*>& services, const Limits& limits,
    const LocalMethods& local_methods, telemetry::Metrics* metrics) {
  auto contract = std::unique_ptr<ServedContract>(new ServedContract());
  absl::Status status = contract->CompileTables(services);
  if (status.ok()) status = contract->CheckMethodLimits(limits);
  if (!status.ok()) return status;

  const ContractMethods methods(*contract->routes_);
  const ServiceDescriptor* service = nullptr;
  for (const contract::Route& route : contract->routes_->routes()) {
    if (route.method->service() != service) {
      service = route.method->service();
      contract->services_.emplace_back();
    }
    status = contract->AddEndpoint(route, methods, limits, local_methods, metrics);
    if (!status.ok()) return status;
  }
  return contract;
}

absl::Status ServedContract::CompileTables(const std::vector<const ServiceDescriptor*>& services) {
  absl::StatusOr<contract::RouteTable> routes = contract::RouteTable::Compile(services);
  if (!routes.ok()) return routes.status();
  routes_ = std::make_unique<contract::RouteTable>(*std::move(routes));

  std::vector<const Descriptor*> types;
  for (const contract::Route& route : routes_->routes()) {
    if (route.local) continue;
    if (const Descriptor* body = BodyType(route)) types.push_back(body);
    types.push_back(route.method->output_type());
  }
  absl::StatusOr<std::unique_ptr<const json::Schema>> schema = json::Schema::Compile(types);
  if (!schema.ok()) return schema.status();
  schema_ = *std::move(schema);
  return absl::OkStatus();
}

absl::Status ServedContract::CheckMethodLimits(const Limits& limits) const {
  for (const MethodLimits& entry : limits.methods) {
    for (const std::string& glob : entry.methods) {
      const bool known = std::any_of(
          routes_->routes().begin(), routes_->routes().end(), [&glob](const auto& route) {
            return access::MatchesGlob(glob, absl::string_view(route.rpc_path).substr(1));
          });
      if (!known) {
        return absl::InvalidArgumentError(absl::StrCat(
            "configuration: limits.methods: no method is called \"", glob, "\"; names are like ",
            "`fireworks.inference.v1.ChatCompletionService/StreamChatCompletion`"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ServedContract::AddEndpoint(const contract::Route& route,
                                        const ContractMethods& methods, const Limits& limits,
                                        const LocalMethods& local_methods,
                                        telemetry::Metrics* metrics) {
  MessageFactory* factory = MessageFactory::generated_factory();
  Endpoint endpoint;
  endpoint.route = &route;
  if (route.local) {
    const auto method = local_methods.find(route.method->full_name());
    if (method == local_methods.end()) {
      return absl::UnimplementedError(absl::StrCat(
          route.method->full_name(), " has the option local, but the service does not answer it"));
    }
    endpoint.local = method->second.get();
  }
  endpoint.name = route.rpc_path.substr(1);
  endpoint.request_prototype = factory->GetPrototype(route.method->input_type());
  endpoint.response_prototype = factory->GetPrototype(route.method->output_type());
  if (const Descriptor* body = BodyType(route)) endpoint.body_table = schema_->Find(body);
  endpoint.response_table = schema_->Find(route.method->output_type());
  endpoint.stream_field = StreamField(*routes_, route);
  endpoint.response_extra = ExtraJsonField(route.method->output_type());
  endpoint.response_unknown =
      FindField(route.method->output_type(), &FieldMapping::unknown_variant);
  endpoint.metrics = metrics->AddMethod(endpoint.name);
  using CallKind = telemetry::Metrics::CallKind;
  endpoint.kind = route.upload   ? CallKind::kUpload
                  : route.stream ? CallKind::kStream
                                 : CallKind::kUnary;
  endpoint.operation = std::string(GenerativeOperation(route));
  endpoint.traits = methods.TraitsOf(route);
  endpoint.answer_secrets = SensitiveFields(route.method->output_type());
  const Descriptor* request = route.method->input_type();
  endpoint.max_tokens = FieldsWithRole(request, fireworks::options::v1::REQUEST_ROLE_MAX_TOKENS);
  for (const FieldDescriptor* field : FieldsWithRole(
           request, fireworks::options::v1::REQUEST_ROLE_PROMPT_CACHE_ISOLATION_KEY)) {
    endpoint.cache_isolation = field;
  }
  endpoint.audited =
      !route.local && !IsInference(route) && route.verb != contract::Verb::kGet;
  endpoint.times = TimesOf(route, endpoint.name, limits);
  endpoint.trace = FindTraceFields(route);
  endpoint.watched = WatchedFields(route, endpoint.trace);
  services_.back().push_back(std::move(endpoint));
  return absl::OkStatus();
}

std::chrono::milliseconds ServedContract::longest_call() const {
  std::chrono::milliseconds longest{0};
  for (const std::deque<Endpoint>& endpoints : services_) {
    for (const Endpoint& endpoint : endpoints) longest = std::max(longest, endpoint.times.whole);
  }
  return longest;
}

}  // namespace fireworks::server
