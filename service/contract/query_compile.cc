#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/query.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

absl::Status NoForm(const FieldDescriptor* field, absl::string_view problem) {
  return absl::FailedPreconditionError(
      absl::StrCat("field ", field->full_name(), " cannot travel in the query string: ", problem));
}

// Whether a map's values are strings, or messages of one repeated string.
bool HasQueryMapType(const FieldDescriptor* map) {
  const Descriptor* entry = map->message_type();
  if (entry->map_key()->type() != FieldDescriptor::TYPE_STRING) return false;
  const FieldDescriptor* value = entry->map_value();
  if (value->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return value->type() == FieldDescriptor::TYPE_STRING;
  }
  const Descriptor* list = value->message_type();
  return list->field_count() == 1 && list->field(0)->is_repeated() &&
         list->field(0)->type() == FieldDescriptor::TYPE_STRING;
}

class QueryCompiler {
 public:
  QueryCompiler(const Descriptor* request, absl::Span<const std::string> carried)
      : request_(request), carried_(carried) {}

  // Adds the fields of `type`, which stands at the field path `prefix`.
  absl::Status AddFields(const Descriptor* type, const std::string& prefix,
                         const std::string& key_prefix);

  std::vector<QueryParameter> parameters;

 private:
  absl::Status AddField(const FieldDescriptor* field, const std::string& path,
                        const std::string& key);
  absl::Status AddMessage(const FieldDescriptor* field, const std::string& path,
                          const std::string& key);
  absl::Status Add(const std::string& path, const std::string& key, QueryForm form);

  const Descriptor* const request_;
  const absl::Span<const std::string> carried_;
  std::vector<const Descriptor*> open_;  // from the request to where we are
};

absl::Status QueryCompiler::AddFields(const Descriptor* type, const std::string& prefix,
                                      const std::string& key_prefix) {
  open_.push_back(type);
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const std::string path = absl::StrCat(prefix, field->name());
    if (std::find(carried_.begin(), carried_.end(), path) != carried_.end()) continue;
    absl::Status status = AddField(field, path, absl::StrCat(key_prefix, field->json_name()));
    if (!status.ok()) return status;
  }
  open_.pop_back();
  return absl::OkStatus();
}

absl::Status QueryCompiler::AddField(const FieldDescriptor* field, const std::string& path,
                                     const std::string& key) {
  const options::v1::FieldMapping& mapping = field->options().GetExtension(options::v1::field);
  if (mapping.extra()) return NoForm(field, "it holds JSON for a body; remove it");
  if (mapping.query_map()) {
    if (field->is_map() && HasQueryMapType(field)) return Add(path, key, QueryForm::kMap);
    return NoForm(field,
                  "query_map wants a map from string to string or to a message with one repeated "
                  "string");
  }
  if (field->is_map()) return NoForm(field, "it is a map; give it the option query_map");
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return Add(path, key, QueryForm::kScalar);
  }
  if (field->is_repeated()) return NoForm(field, "it is a repeated message");
  return AddMessage(field, path, key);
}

absl::Status QueryCompiler::AddMessage(const FieldDescriptor* field, const std::string& path,
                                       const std::string& key) {
  const Descriptor* type = field->message_type();
  const std::string& name = type->full_name();
  if (name == "google.protobuf.Timestamp") return Add(path, key, QueryForm::kTimestamp);
  if (name == "google.protobuf.Duration") return Add(path, key, QueryForm::kDuration);
  if (name == "google.protobuf.FieldMask") return Add(path, key, QueryForm::kFieldMask);
  if (type->file()->package() == "google.protobuf") {
    return NoForm(field, absl::StrCat(name, " has no form there"));
  }
  if (std::find(open_.begin(), open_.end(), type) != open_.end()) {
    return NoForm(field, "its message holds itself");
  }
  return AddFields(type, absl::StrCat(path, "."), absl::StrCat(key, "."));
}

absl::Status QueryCompiler::Add(const std::string& path, const std::string& key, QueryForm form) {
  absl::StatusOr<FieldPath> field = FieldPath::Compile(request_, path);
  if (!field.ok()) return field.status();
  const bool required = field->leaf()->options().GetExtension(options::v1::field).required();
  parameters.push_back({*std::move(field), key, form, required});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<QueryParameter>> CompileQuery(const Descriptor* request,
                                                         absl::Span<const std::string> carried) {
  QueryCompiler compiler(request, carried);
  absl::Status status = compiler.AddFields(request, "", "");
  if (!status.ok()) return status;
  return std::move(compiler.parameters);
}

}  // namespace fireworks::contract
