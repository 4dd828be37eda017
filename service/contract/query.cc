#include "service/contract/query.h"

#include <cstdint>
#include <cstdlib>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "service/contract/percent_encoding.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr int kNanosPerSecond = 1000000000;

// The message field `field` as the generated type `T`, also when it belongs to
// a dynamic message.
template <typename T>
T Read(const Message& holder, const FieldDescriptor* field) {
  T value;
  value.ParseFromString(holder.GetReflection()->GetMessage(holder, field).SerializeAsString());
  return value;
}

// The text of a scalar: of the element `index`, or with -1 of a singular field.
// Text format's numbers, booleans and enum names are those of a query string;
// an enum number without a name, from a caller with a newer contract, stays one.
std::string ScalarText(const Message& holder, const FieldDescriptor* field, int index) {
  std::string text;
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    TextFormat::PrintFieldValueToString(holder, field, index, &text);
    return text;
  }
  const Reflection* reflection = holder.GetReflection();
  text = index < 0 ? reflection->GetString(holder, field)
                   : reflection->GetRepeatedString(holder, field, index);
  return field->type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : text;
}

bool IsNotFinite(const FieldDescriptor* field, absl::string_view text) {
  return (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
          field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) &&
         (text == "inf" || text == "-inf" || text == "nan");
}

bool IsValid(const Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < kNanosPerSecond;
}

bool IsValid(const Duration& duration) {
  return duration.seconds() >= TimeUtil::kDurationMinSeconds &&
         duration.seconds() <= TimeUtil::kDurationMaxSeconds &&
         std::abs(static_cast<int64_t>(duration.nanos())) < kNanosPerSecond &&
         (duration.seconds() == 0 || duration.nanos() == 0 ||
          (duration.seconds() < 0) == (duration.nanos() < 0));
}

// The values of one entry of a query_map field.
std::vector<std::string> MapValues(const Message& entry) {
  const Reflection* reflection = entry.GetReflection();
  const FieldDescriptor* value = entry.GetDescriptor()->map_value();
  if (value->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return {reflection->GetString(entry, value)};
  }
  const Message& list = reflection->GetMessage(entry, value);
  const FieldDescriptor* items = list.GetDescriptor()->field(0);
  std::vector<std::string> values;
  const int size = list.GetReflection()->FieldSize(list, items);
  for (int i = 0; i < size; ++i) {
    values.push_back(list.GetReflection()->GetRepeatedString(list, items, i));
  }
  return values;
}

// Appends the parameters of one request. Each method returns whether it found
// something to send.
class QueryWriter {
 public:
  QueryWriter(std::string* target, errors::FieldViolations* violations)
      : target_(*target), violations_(*violations) {}

  bool Write(const QueryParameter& parameter, const Message& holder);

 private:
  bool WriteScalars(const QueryParameter& parameter, const Message& holder);
  bool WriteTimestamp(const QueryParameter& parameter, const Message& holder);
  bool WriteDuration(const QueryParameter& parameter, const Message& holder);
  bool WriteFieldMask(const QueryParameter& parameter, const Message& holder);
  bool WriteMap(const QueryParameter& parameter, const Message& holder);

  void Append(absl::string_view key, absl::string_view value) {
    target_.push_back(separator_);
    separator_ = '&';
    AppendPercentEncoded(key, &target_);
    target_.push_back('=');
    AppendPercentEncoded(value, &target_);
  }

  std::string& target_;
  errors::FieldViolations& violations_;
  char separator_ = '?';
};

bool QueryWriter::Write(const QueryParameter& parameter, const Message& holder) {
  const FieldDescriptor* field = parameter.field.leaf();
  const Reflection* reflection = holder.GetReflection();
  if (field->is_repeated() ? reflection->FieldSize(holder, field) == 0
                           : !reflection->HasField(holder, field)) {
    return false;
  }
  switch (parameter.form) {
    case QueryForm::kScalar:
      return WriteScalars(parameter, holder);
    case QueryForm::kTimestamp:
      return WriteTimestamp(parameter, holder);
    case QueryForm::kDuration:
      return WriteDuration(parameter, holder);
    case QueryForm::kFieldMask:
      return WriteFieldMask(parameter, holder);
    case QueryForm::kMap:
      return WriteMap(parameter, holder);
  }
  return false;
}

bool QueryWriter::WriteScalars(const QueryParameter& parameter, const Message& holder) {
  const FieldDescriptor* field = parameter.field.leaf();
  const bool repeated = field->is_repeated();
  const int size = repeated ? holder.GetReflection()->FieldSize(holder, field) : 1;
  for (int i = 0; i < size; ++i) {
    const std::string text = ScalarText(holder, field, repeated ? i : -1);
    if (IsNotFinite(field, text)) violations_.Add(parameter.field.text(), "must be finite");
    Append(parameter.key, text);
  }
  return true;
}

bool QueryWriter::WriteTimestamp(const QueryParameter& parameter, const Message& holder) {
  const auto time = Read<Timestamp>(holder, parameter.field.leaf());
  if (IsValid(time)) {
    Append(parameter.key, TimeUtil::ToString(time));
  } else {
    violations_.Add(parameter.field.text(), "is no time of the years 1 to 9999");
  }
  return true;
}

bool QueryWriter::WriteDuration(const QueryParameter& parameter, const Message& holder) {
  const auto duration = Read<Duration>(holder, parameter.field.leaf());
  if (IsValid(duration)) {
    Append(parameter.key, TimeUtil::ToString(duration));
  } else {
    violations_.Add(parameter.field.text(),
                    "is out of range, or its seconds and nanos differ in sign");
  }
  return true;
}

bool QueryWriter::WriteFieldMask(const QueryParameter& parameter, const Message& holder) {
  // An empty mask asks for everything, as an unset one does (AIP-157); its text
  // would be one path without a name.
  const auto mask = Read<FieldMask>(holder, parameter.field.leaf());
  if (mask.paths().empty()) return false;
  for (const std::string& path : mask.paths()) {
    if (path.empty() || absl::StrContains(path, ",")) {
      violations_.Add(parameter.field.text(), "holds a path that is empty or has a comma");
    }
  }
  Append(parameter.key, absl::StrJoin(mask.paths(), ","));
  return true;
}

bool QueryWriter::WriteMap(const QueryParameter& parameter, const Message& holder) {
  const FieldDescriptor* field = parameter.field.leaf();
  const Reflection* reflection = holder.GetReflection();
  std::map<std::string, std::vector<std::string>> entries;  // sorted: one spelling per request
  const int size = reflection->FieldSize(holder, field);
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection->GetRepeatedMessage(holder, field, i);
    const FieldDescriptor* key = entry.GetDescriptor()->map_key();
    entries[entry.GetReflection()->GetString(entry, key)] = MapValues(entry);
  }
  bool found = false;
  for (const auto& [key, values] : entries) {
    if (key.empty() || key.find_first_of("[]") != std::string::npos) {
      violations_.Add(parameter.field.text(), "holds a key that is empty or has a bracket");
    }
    for (const std::string& value : values) {
      Append(absl::StrCat(parameter.key, "[", key, "]"), value);
      found = true;
    }
  }
  return found;
}

}  // namespace

void AppendQuery(absl::Span<const QueryParameter> parameters, const Message& request,
                 std::string* target, errors::FieldViolations* violations) {
  QueryWriter writer(target, violations);
  for (const QueryParameter& parameter : parameters) {
    const Message* holder = parameter.field.FindHolder(request);
    if (holder == nullptr) continue;
    const bool found = writer.Write(parameter, *holder);
    if (parameter.required && !found) violations->Add(parameter.field.text(), "is required");
  }
}

}  // namespace fireworks::contract
