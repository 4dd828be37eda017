#include "tests/fuzz/json_laws.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "nlohmann/json.hpp"
#include "service/json/deterministic_bytes.h"
#include "service/json/encode.h"
#include "service/json/sax_decode.h"
#include "tests/fuzz/check.h"

namespace fireworks::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using json::DeterministicBytes;
using Dom = nlohmann::json;
using KeySet = absl::flat_hash_set<std::string>;

// Nesting below which the codec's own bound cannot be reached.
constexpr int kShallow = 100;

void AddWithNested(const Descriptor* type, std::vector<const Descriptor*>* types) {
  if (type->options().map_entry()) return;
  types->push_back(type);
  for (int i = 0; i < type->nested_type_count(); ++i) AddWithNested(type->nested_type(i), types);
}

// In the order of their names, so that a first line picks the same type each time.
std::vector<const Descriptor*> TypesOf(absl::string_view folder) {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const Descriptor*> types;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, folder)) continue;
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->message_type_count(); ++i) {
      AddWithNested(file->message_type(i), &types);
    }
  }
  std::sort(types.begin(), types.end(), [](const Descriptor* a, const Descriptor* b) {
    return a->full_name() < b->full_name();
  });
  return types;
}

// Whether the JSON form of `type` is an object of its fields.
bool IsPlainObject(const Descriptor& type) {
  return type.options().GetExtension(options::v1::message).shape() ==
         options::v1::MessageMapping::SHAPE_UNSPECIFIED;
}

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

int Depth(absl::string_view text) {
  int depth = 0;
  int deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

// Adds the keys of singular fields of `type` for which unset and empty are the same.
void AddKeysWithoutPresence(const Descriptor& type, KeySet* keys) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (!field->is_repeated() && !field->has_presence()) keys->insert(field->json_name());
  }
}

// null and empty containers are absent (docs/json-mapping.md), and what is empty at a key
// that somewhere in the package has no presence.
bool IsAbsent(const std::string& key, const Dom& value, const KeySet& without_presence) {
  if (value.is_null() || (value.is_structured() && value.empty())) return true;
  const bool empty = value == "" || value == 0 || value == "0" || value == false;
  return empty && without_presence.contains(key);
}

Dom WithoutAbsent(const Dom& value, const KeySet& without_presence) {
  if (value.is_array()) {
    Dom kept = Dom::array();
    for (const Dom& element : value) kept.push_back(WithoutAbsent(element, without_presence));
    return kept;
  }
  if (!value.is_object()) return value;
  Dom kept = Dom::object();
  for (const auto& [key, member] : value.items()) {
    Dom inner = WithoutAbsent(member, without_presence);
    if (!IsAbsent(key, inner, without_presence)) kept[key] = std::move(inner);
  }
  return kept;
}

bool SameScalar(const Dom& a, const Dom& b, Scalars scalars) {
  if (a == b) return true;
  if (scalars == Scalars::kNormalised) {
    return (a.is_string() || a.is_number()) && (b.is_string() || b.is_number());
  }
  // A number may come as a string.
  double number = 0;
  return a.is_string() && b.is_number() && absl::SimpleAtod(a.get<std::string>(), &number) &&
         number == b.get<double>();
}

bool Same(const Dom& a, const Dom& b, Scalars scalars) {
  if (!a.is_structured()) return !b.is_structured() && SameScalar(a, b, scalars);
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (a.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(),
                      [scalars](const Dom& x, const Dom& y) { return Same(x, y, scalars); });
  }
  for (const auto& [key, member] : a.items()) {
    if (!b.contains(key) || !Same(member, b[key], scalars)) return false;
  }
  return true;
}

std::string WrittenAsAnswer(const json::MessageTable& table, const Message& message) {
  json::EncodeOptions options;
  options.keep_output_only = true;
  std::string text;
  const absl::Status status = json::Encode(table, message, options, &text);
  Check(status.ok(), "what was read can be written", status.ToString());
  return text;
}

}  // namespace

JsonLaws::JsonLaws(absl::string_view folder, Scalars scalars) : scalars_(scalars) {
  const std::vector<const Descriptor*> types = TypesOf(folder);
  Check(!types.empty(), "the package is linked in", folder);
  auto schema = json::Schema::Compile(types);
  Check(schema.ok(), "the contract compiles", schema.status().ToString());
  schema_ = *std::move(schema);
  for (const Descriptor* type : types) AddType(type);
}

void JsonLaws::AddType(const Descriptor* type) {
  by_name_.emplace(absl::StripPrefix(type->full_name(), type->file()->package() + "."),
                   types_.size());
  types_.push_back({schema_->Find(type), New(type), New(type)});
  AddKeysWithoutPresence(*type, &without_presence_);
}

JsonLaws::Type& JsonLaws::Pick(absl::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return types_[found->second];
  return types_[std::hash<std::string>()(std::string(name)) % types_.size()];
}

void JsonLaws::Test(absl::string_view input) {
  Type& type = Pick(TakeUntil('\n', &input));
  if (!Read(&type, input)) return;
  const std::string json = WrittenAsAnswer(*type.table, *type.message);
  CheckStable(&type, json);
  CheckNothingLost(type, input, json);
  // As a request it may be wrong in many ways, but not fatal.
  std::string request;
  if (json::Encode(*type.table, *type.message, {}, &request).ok()) {
    Check(Depth(request) > 0 || !request.empty(), "a request is some JSON");
  }
}

// Whether `text` could be read, into type->message.
bool JsonLaws::Read(Type* type, absl::string_view text) {
  json::Drift drift;
  const absl::Status status =
      decoder_.Decode(*type->table, text, {}, type->message.get(), &drift);
  json::Drift fresh_drift;
  const absl::Status fresh =
      json::Decode(*type->table, text, {}, type->again.get(), &fresh_drift);
  Check(status == fresh, "a decoder has no memory", status.ToString());
  if (status.ok()) {
    Check(DeterministicBytes(*type->message) == DeterministicBytes(*type->again),
          "a decoder has no memory", text);
  }
  CheckBothWays(type, text, status, drift);
  if (status.ok()) return true;
  Check(absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status),
        "text is no JSON, or too deep", status.ToString());
  // The parser behind it stops at NUL.
  const bool object = IsPlainObject(*type->message->GetDescriptor()) && Depth(text) < kShallow &&
                      text.find('\0') == text.npos && Dom::accept(text) &&
                      Dom::parse(text).is_object();
  Check(!object, "an object is always read", status.ToString());
  return false;
}

// `status` and `drift` are the decoder's, whose message is type->message.
void JsonLaws::CheckBothWays(Type* type, absl::string_view text, const absl::Status& status,
                             const json::Drift& drift) {
  json::MessageBuilder builder;
  json::Drift slow_drift;
  const absl::Status slow = json::SaxDecode(*type->table, text, json::DecodeOptions().max_depth,
                                            &builder, type->again.get(), &slow_drift);
  Check(status == slow, "both ways of decoding agree", slow.ToString());
  if (!status.ok()) return;
  Check(drift == slow_drift, "both ways of decoding count the same", text);
  Check(DeterministicBytes(*type->message) == DeterministicBytes(*type->again),
        "both ways of decoding agree", text);
  CheckSkimmed(type, text, drift);
}

// The third way, of events that nobody looks at: their bytes go to callers as they are.
void JsonLaws::CheckSkimmed(Type* type, absl::string_view text, const json::Drift& drift) {
  json::Drift skim_drift;
  absl::optional<absl::string_view> wire;
  const absl::Status status =
      decoder_.Skim(*type->table, text, {}, json::FieldWatch(),
                    [type] { return type->again.get(); }, &skim_drift, &wire);
  Check(status.ok() && drift == skim_drift, "skimming agrees", status.ToString());
  if (wire) {
    Check(type->again->ParseFromArray(wire->data(), static_cast<int>(wire->size())),
          "what is passed on is wire format", text);
  }
  Check(DeterministicBytes(*type->message) == DeterministicBytes(*type->again),
        "skimming agrees", text);
}

void JsonLaws::CheckStable(Type* type, const std::string& json) {
  const absl::Status status = decoder_.Decode(*type->table, json, {}, type->again.get(), nullptr);
  Check(status.ok(), "what was written can be read", json);
  const std::string again = WrittenAsAnswer(*type->table, *type->again);
  // Messages and the order of keys may differ: where only an empty list spoke for an arm
  // of a union, another arm is taken without it.
  Check(again == json || (Dom::accept(json) && Dom::parse(json) == Dom::parse(again)),
        "and is written the same", json);
}

void JsonLaws::CheckNothingLost(const Type& type, absl::string_view text,
                                const std::string& json) {
  // Only an object of the contract has a place for what it does not know.
  const Descriptor& descriptor = *type.message->GetDescriptor();
  if (!IsPlainObject(descriptor) || descriptor.FindFieldByName("extra_json") == nullptr) return;
  if (text.find('\0') != text.npos || !Dom::accept(text)) return;
  const Dom before = WithoutAbsent(Dom::parse(text), without_presence_);
  const Dom after = WithoutAbsent(Dom::parse(json), without_presence_);
  Check(Same(before, after, scalars_), "every key and value is still there", json);
}

}  // namespace fireworks::fuzz
