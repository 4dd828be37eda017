#include "service/contract/route_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "service/contract/field_path.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::MethodMapping;
using options::v1::StreamMapping;
using Paths = google::protobuf::RepeatedPtrField<std::string>;

bool IsAnything(const FieldDescriptor*) { return true; }

bool IsSingularBytes(const FieldDescriptor* field) {
  return !field->is_repeated() && field->type() == FieldDescriptor::TYPE_BYTES;
}

// Whether `type` is a union that the JSON key `key` tells apart; the key is then
// no field of it.
bool IsTaggedUnionOn(const Descriptor* type, absl::string_view key) {
  const options::v1::MessageMapping& mapping =
      type->options().GetExtension(options::v1::message);
  return mapping.shape() == options::v1::MessageMapping::SHAPE_TAGGED_UNION &&
         mapping.discriminator() == key;
}

// Compiles the options of one method. Each step fills its part of `route_`.
class RuleCompiler {
 public:
  RuleCompiler(const MethodDescriptor* method, Route* route)
      : method_(method),
        mapping_(method->options().GetExtension(options::v1::method)),
        route_(route) {}

  absl::Status CompileStream();
  absl::Status CompileUpload();
  absl::Status CompileEventType(const std::string& path, StreamRules* rules) const;
  absl::Status CompileCounts(absl::string_view option, const Paths& paths,
                             std::vector<FieldPath>* counts) const;
  absl::Status CompileUsageAndModel();

 private:
  // A status that names the method.
  absl::Status Error(absl::string_view problem) const {
    return absl::FailedPreconditionError(absl::StrCat(method_->full_name(), ": ", problem));
  }

  absl::Status Resolve(absl::string_view option, const Descriptor* type, const std::string& path,
                       bool (*accepts)(const FieldDescriptor*), absl::string_view kind,
                       FieldPath* result) const {
    return ResolvePath(*method_, option, type, path, accepts, kind, result);
  }

  const MethodDescriptor* const method_;
  const MethodMapping& mapping_;
  Route* const route_;
};

absl::Status RuleCompiler::CompileStream() {
  if (!mapping_.has_stream()) return absl::OkStatus();
  const StreamMapping& mapping = mapping_.stream();
  const Descriptor* request = method_->input_type();
  const Descriptor* response = method_->output_type();
  if (!mapping.stream_field().empty()) {
    if (route_->body != BodyKind::kWhole) {
      return Error("stream_field needs a twin with body: \"*\" to be added to");
    }
    for (int i = 0; i < request->field_count(); ++i) {
      if (request->field(i)->json_name() != mapping.stream_field()) continue;
      return Error(absl::StrCat("stream_field \"", mapping.stream_field(), "\" is a field of ",
                                request->full_name(), "; the RPC says it, so remove the field"));
    }
  }
  StreamRules rules;
  rules.stream_field = mapping.stream_field();
  rules.done_marker = mapping.done_marker();
  rules.final_events.assign(mapping.final_events().begin(), mapping.final_events().end());
  rules.failed_events.assign(mapping.failed_events().begin(), mapping.failed_events().end());
  rules.cancelled_events.assign(mapping.cancelled_events().begin(),
                                mapping.cancelled_events().end());
  rules.failed_finish_reason = mapping.failed_finish_reason();
  rules.error_key = mapping.error_key();
  rules.error_events.assign(mapping.error_events().begin(), mapping.error_events().end());
  absl::Status status = CompileEventType(mapping.event_type(), &rules);
  if (status.ok()) {
    status = Resolve("choice_index", response, mapping.choice_index(), IsSingularInteger,
                     "a singular integer", &rules.choice_index);
  }
  if (status.ok()) {
    status = Resolve("finish_reason", response, mapping.finish_reason(), IsSingularString,
                     "a singular string", &rules.finish_reason);
  }
  if (status.ok()) {
    status = Resolve("choice_count", request, mapping.choice_count(), IsSingularInteger,
                     "a singular integer", &rules.choice_count);
  }
  if (status.ok()) {
    status = Resolve("prompts", request, mapping.prompts(), IsAnything, "", &rules.prompts);
  }
  route_->stream = std::move(rules);
  return status;
}

absl::Status RuleCompiler::CompileUpload() {
  if (!mapping_.has_multipart()) return absl::OkStatus();
  const options::v1::MultipartMapping& mapping = mapping_.multipart();
  const Descriptor* request = method_->input_type();
  if (mapping.part().empty() || mapping.data().empty()) {
    return Error("multipart needs the name of its part and the path of its data");
  }
  UploadRules rules;
  rules.part = mapping.part();
  absl::Status status = Resolve("multipart data", request, mapping.data(), IsSingularBytes,
                                "a singular bytes field", &rules.data);
  if (status.ok()) {
    status = Resolve("multipart file_name", request, mapping.file_name(), IsSingularString,
                     "a singular string", &rules.file_name);
  }
  if (status.ok()) {
    status = Resolve("multipart size", request, mapping.size(), IsSingularInteger,
                     "a singular integer", &rules.size);
  }
  route_->upload = std::move(rules);
  return status;
}

absl::Status RuleCompiler::CompileEventType(const std::string& path, StreamRules* rules) const {
  const Descriptor* response = method_->output_type();
  if (!IsTaggedUnionOn(response, path)) {
    return Resolve("event_type", response, path, IsSingularString, "a singular string",
                   &rules->event_type);
  }
  rules->event_union = response->FindOneofByName("kind");
  if (rules->event_union == nullptr) return Error("its response is a union without a oneof `kind`");
  for (int i = 0; i < rules->event_union->field_count(); ++i) {
    const FieldDescriptor* arm = rules->event_union->field(i);
    const auto& values = arm->options().GetExtension(options::v1::field).discriminator_value();
    if (!values.empty()) rules->event_arms.emplace(arm, values[0]);
  }
  return absl::OkStatus();
}

absl::Status RuleCompiler::CompileCounts(absl::string_view option, const Paths& paths,
                                          std::vector<FieldPath>* counts) const {
  for (const std::string& path : paths) {
    counts->emplace_back();
    absl::Status status = Resolve(option, method_->output_type(), path, IsSingularInteger,
                                  "a singular integer", &counts->back());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RuleCompiler::CompileUsageAndModel() {
  const options::v1::UsageMapping& usage = mapping_.usage();
  UsageRules& rules = route_->usage;
  absl::Status status =
      CompileCounts("usage.prompt_tokens", usage.prompt_tokens(), &rules.prompt_tokens);
  if (status.ok()) {
    status = CompileCounts("usage.completion_tokens", usage.completion_tokens(),
                           &rules.completion_tokens);
  }
  if (status.ok()) {
    status = CompileCounts("usage.cached_tokens", usage.cached_tokens(), &rules.cached_tokens);
  }
  if (status.ok()) {
    status = Resolve("model", method_->input_type(), mapping_.model(), IsSingularString,
                     "a singular string", &route_->model);
  }
  if (status.ok() && !route_->model.single_holder()) {
    status = Error(absl::StrCat("model \"", mapping_.model(), "\" crosses a repeated field"));
  }
  return status;
}

}  // namespace

absl::Status ResolvePath(const MethodDescriptor& method, absl::string_view option,
                         const Descriptor* type, const std::string& path,
                         bool (*accepts)(const FieldDescriptor*), absl::string_view kind,
                         FieldPath* result) {
  if (path.empty()) return absl::OkStatus();
  const auto error = [&method](absl::string_view problem) {
    return absl::FailedPreconditionError(absl::StrCat(method.full_name(), ": ", problem));
  };
  absl::StatusOr<FieldPath> compiled = FieldPath::Compile(type, path);
  if (!compiled.ok()) return error(absl::StrCat(option, ": ", compiled.status().message()));
  if (!accepts(compiled->leaf())) {
    return error(absl::StrCat(option, " \"", path, "\" must be ", kind));
  }
  *result = *std::move(compiled);
  return absl::OkStatus();
}

absl::Status CompileRules(const MethodDescriptor* method, Route* route) {
  RuleCompiler compiler(method, route);
  absl::Status status = compiler.CompileStream();
  if (status.ok()) status = compiler.CompileUpload();
  if (status.ok()) status = compiler.CompileUsageAndModel();
  return status;
}

}  // namespace fireworks::contract
