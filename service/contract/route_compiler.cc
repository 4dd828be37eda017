#include "service/contract/route_compiler.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "service/contract/field_path.h"
#include "service/contract/route_rules.h"

namespace fireworks::contract {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::MethodMapping;

constexpr char kUpdateMask[] = "update_mask";

const MethodMapping& MappingOf(const MethodDescriptor* method) {
  return method->options().GetExtension(options::v1::method);
}

bool HasRule(const MethodDescriptor* method) {
  return method->options().HasExtension(google::api::http);
}

bool IsSingularMessage(const FieldDescriptor* field) {
  return !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Compiles one method. Each step fills its part of `route_`.
class RouteCompiler {
 public:
  explicit RouteCompiler(const MethodDescriptor* method)
      : method_(method), mapping_(MappingOf(method)) {}

  absl::StatusOr<Route> Compile();

 private:
  // A status that names the method.
  absl::Status Error(absl::string_view problem) const {
    return absl::FailedPreconditionError(absl::StrCat(method_->full_name(), ": ", problem));
  }

  absl::Status CheckKind() const;
  absl::Status CheckLocal() const;
  absl::StatusOr<const MethodDescriptor*> FindTwin() const;
  absl::Status CompileRule(const HttpRule& rule);
  absl::Status CompilePath(absl::string_view text);
  absl::Status CompileBody(const std::string& body);
  absl::Status CompilePathFields();
  absl::Status CompileUpdateMask();
  absl::Status CompileQueryParameters();
  absl::Status CompileReferences();

  const MethodDescriptor* const method_;
  const MethodMapping& mapping_;
  Route route_;
};

absl::StatusOr<Route> RouteCompiler::Compile() {
  route_.method = method_;
  route_.rpc_path = absl::StrCat("/", method_->service()->full_name(), "/", method_->name());
  route_.local = mapping_.local();
  route_.empty_response = mapping_.empty_response();
  if (route_.local) {
    absl::Status status = CheckLocal();
    if (!status.ok()) return status;
    return std::move(route_);
  }
  absl::Status status = CheckKind();
  if (!status.ok()) return status;
  const MethodDescriptor* bearer = method_;
  if (mapping_.has_stream()) {
    absl::StatusOr<const MethodDescriptor*> twin = FindTwin();
    if (!twin.ok()) return twin.status();
    bearer = *twin;
  }
  status = CompileRule(bearer->options().GetExtension(google::api::http));
  if (status.ok()) status = CompileRules(method_, &route_);
  if (status.ok()) status = CompileReferences();
  if (!status.ok()) return status;
  return std::move(route_);
}

absl::Status RouteCompiler::CheckLocal() const {
  if (HasRule(method_) || mapping_.has_stream() || mapping_.has_multipart()) {
    return Error("is local, so it has no http rule and no options stream or multipart; "
                 "remove them, or the option local");
  }
  return absl::OkStatus();
}

absl::Status RouteCompiler::CheckKind() const {
  if (method_->client_streaming() && method_->server_streaming()) {
    return Error("streams both ways, which HTTP cannot; make one side unary");
  }
  if (method_->client_streaming() != mapping_.has_multipart()) {
    return Error("the option multipart and a stream of requests need each other");
  }
  if (method_->server_streaming() != mapping_.has_stream()) {
    return Error("the option stream and a stream of responses need each other");
  }
  if (mapping_.has_stream() && HasRule(method_)) {
    return Error("a stream shares the http rule of its stream_of; remove its own");
  }
  if (!mapping_.has_stream() && !HasRule(method_)) {
    return Error("has no http rule; add google.api.http, or the option local");
  }
  return absl::OkStatus();
}

absl::StatusOr<const MethodDescriptor*> RouteCompiler::FindTwin() const {
  const std::string& name = mapping_.stream().stream_of();
  const MethodDescriptor* twin = method_->service()->FindMethodByName(name);
  if (twin == nullptr) {
    return Error(absl::StrCat("stream_of \"", name, "\" is no method of ",
                              method_->service()->full_name()));
  }
  if (twin->client_streaming() || twin->server_streaming() || !HasRule(twin)) {
    return Error(absl::StrCat("stream_of \"", name, "\" must be unary and have an http rule"));
  }
  if (twin->input_type() != method_->input_type()) {
    return Error(absl::StrCat("takes ", method_->input_type()->full_name(), " but its stream_of ",
                              name, " takes ", twin->input_type()->full_name(),
                              "; both must take the same message"));
  }
  return twin;
}

absl::Status RouteCompiler::CompileRule(const HttpRule& rule) {
  if (rule.additional_bindings_size() > 0) {
    return Error("additional_bindings are not supported; one RPC is one request");
  }
  if (!rule.response_body().empty()) {
    return Error("response_body is not supported; use a response message of shape UNWRAP");
  }
  absl::Status status;
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      route_.verb = Verb::kGet;
      status = CompilePath(rule.get());
      break;
    case HttpRule::kPost:
      route_.verb = Verb::kPost;
      status = CompilePath(rule.post());
      break;
    case HttpRule::kPut:
      route_.verb = Verb::kPut;
      status = CompilePath(rule.put());
      break;
    case HttpRule::kPatch:
      route_.verb = Verb::kPatch;
      status = CompilePath(rule.patch());
      break;
    case HttpRule::kDelete:
      route_.verb = Verb::kDelete;
      status = CompilePath(rule.delete_());
      break;
    case HttpRule::kCustom:
    case HttpRule::PATTERN_NOT_SET:
      status = Error("its http rule has no verb that is supported; use get, post, put, patch "
                     "or delete");
      break;
  }
  if (status.ok()) status = CompileBody(rule.body());
  if (status.ok()) status = CompilePathFields();
  if (status.ok()) status = CompileUpdateMask();
  if (status.ok()) status = CompileQueryParameters();
  return status;
}

absl::Status RouteCompiler::CompilePath(absl::string_view text) {
  absl::StatusOr<PathTemplate> path = PathTemplate::Parse(text);
  if (!path.ok()) return Error(path.status().message());
  route_.path = *std::move(path);
  for (const PathTemplate::Variable& variable : route_.path.variables()) {
    FieldPath field;
    absl::Status status =
        ResolvePath(*method_, "path variable", method_->input_type(), variable.field_path,
                    IsSingularString, "a singular string", &field);
    if (!status.ok()) return status;
    if (!field.single_holder()) {
      return Error(absl::StrCat("path variable \"", field.text(), "\" crosses a repeated field"));
    }
    route_.path_variables.push_back(std::move(field));
  }
  return absl::OkStatus();
}

absl::Status RouteCompiler::CompileBody(const std::string& body) {
  if (method_->client_streaming() && body != "*") {
    return Error("an upload needs body: \"*\"");
  }
  if (body.empty()) return absl::OkStatus();
  if (route_.verb == Verb::kGet) return Error("a GET has no body; remove it, or use post");
  if (body == "*") {
    route_.body = BodyKind::kWhole;
    return absl::OkStatus();
  }
  route_.body = BodyKind::kField;
  route_.body_field = method_->input_type()->FindFieldByName(body);
  if (route_.body_field == nullptr || !IsSingularMessage(route_.body_field)) {
    return Error(absl::StrCat("body \"", body, "\" must name a singular message field of ",
                              method_->input_type()->full_name(), ", or be \"*\""));
  }
  return absl::OkStatus();
}

absl::Status RouteCompiler::CompilePathFields() {
  // An upload's metadata is a form, not one JSON body.
  if (method_->client_streaming()) return absl::OkStatus();
  for (const FieldPath& variable : route_.path_variables) {
    // How deep a path may go for its field to be left out of the body whole.
    size_t depth = 0;
    if (route_.body == BodyKind::kWhole) {
      depth = 1;
    } else if (route_.body == BodyKind::kField && variable.fields()[0] == route_.body_field) {
      depth = 2;
    }
    if (depth == 0) continue;
    if (variable.fields().size() != depth) {
      return Error(absl::StrCat("path variable \"", variable.text(),
                                "\" lies too deep in the body to be left out of it; bind a field "
                                "of the body's outermost message"));
    }
    route_.path_fields.push_back(variable.leaf());
  }
  return absl::OkStatus();
}

absl::Status RouteCompiler::CompileUpdateMask() {
  if (route_.verb != Verb::kPatch || route_.body != BodyKind::kField) return absl::OkStatus();
  const FieldDescriptor* field = method_->input_type()->FindFieldByName(kUpdateMask);
  if (field == nullptr || !IsSingularMessage(field) ||
      field->message_type()->full_name() != "google.protobuf.FieldMask") {
    return Error(absl::StrCat("a PATCH with a body field needs `google.protobuf.FieldMask ",
                              kUpdateMask, "` in ", method_->input_type()->full_name()));
  }
  route_.update_mask = field;
  return absl::OkStatus();
}

absl::Status RouteCompiler::CompileQueryParameters() {
  if (route_.body == BodyKind::kWhole) return absl::OkStatus();
  std::vector<std::string> carried;
  for (const FieldPath& variable : route_.path_variables) carried.push_back(variable.text());
  if (route_.body_field != nullptr) carried.push_back(route_.body_field->name());
  if (route_.update_mask != nullptr) carried.push_back(route_.update_mask->name());
  absl::StatusOr<std::vector<QueryParameter>> query = CompileQuery(method_->input_type(), carried);
  if (!query.ok()) return Error(query.status().message());
  route_.query = *std::move(query);
  return absl::OkStatus();
}

absl::Status RouteCompiler::CompileReferences() {
  absl::StatusOr<ResourceReferences> references =
      ResourceReferences::Compile(method_->input_type());
  if (!references.ok()) return Error(references.status().message());
  route_.references = *std::move(references);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Route> CompileRoute(const MethodDescriptor* method) {
  return RouteCompiler(method).Compile();
}

}  // namespace fireworks::contract
