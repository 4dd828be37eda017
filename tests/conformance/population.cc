#include "tests/conformance/population.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace fireworks::conformance {
namespace {

constexpr std::int64_t kBeyondDouble = (std::int64_t{1} << 53) + 1;
constexpr std::int64_t kSomeTime = 1'700'000'000;
// How often a schema may stand inside itself.
constexpr int kMaxOpen = 2;

// Values that the protocol gives a meaning to: an output item is told by its type,
// `n` says how many choices a stream must finish, and `error` would be a failure.
const std::map<std::string, Json>& GivenValues() {
  static const auto* const given = new std::map<std::string, Json>{
      {"Message.type", "message"},
      {"ToolCall.type", "function_call"},
      {"ToolOutput.type", "tool_output"},
      {"ChatCompletionRequest.n", 2},
      {"CompletionRequest.n", 2},
      {"ChatCompletionResponseStreamChoice.finish_reason", "length"},
      {"CompletionResponseStreamChoice.finish_reason", "length"},
  };
  return *given;
}

}  // namespace

Value Populator::Make(const Json& fact, Extent extent, bool unknown_keys) {
  extent_ = extent;
  unknown_keys_ = unknown_keys;
  return MakeParts(fact);
}

bool Populator::HadEveryChoice() const {
  return std::all_of(choices_.begin(), choices_.end(), [this](const auto& each) {
    return turns_.at(each.first) >= each.second;
  });
}

std::size_t Populator::TakeTurn(const Json& node, std::size_t choices) {
  choices_[&node] = choices;
  return turns_[&node]++ % choices;
}

Value Populator::MakeParts(const Json& fact) {
  const Json& node = inventory_.Resolve(fact);
  Value value;
  value.kind = KindOf(node);
  switch (value.kind) {
    case Value::Kind::kObject:
      value = MakeObject(fact, node);
      break;
    case Value::Kind::kUnion:
      value.arm = TakeTurn(node, node.at("arms").size());
      value.parts.push_back(MakeParts(node["arms"][value.arm]));
      break;
    case Value::Kind::kList:
      for (int i = 0; i < 2; ++i) value.parts.push_back(MakeParts(node.at("items")));
      break;
    case Value::Kind::kMap:
      for (int i = 0; i < 2; ++i) {
        value.parts.push_back(MakeParts(node.at("values")));
        value.parts.back().key = absl::StrCat("key ", Next(), " \"é\"");
      }
      break;
    case Value::Kind::kRaw:
      value = MakeRaw(node);
      break;
    case Value::Kind::kScalar:
    case Value::Kind::kNull:
      value.scalar = MakeScalar(node);
      break;
  }
  value.fact = &fact;
  value.node = &node;
  return value;
}

bool Populator::IsLeftOut(const Json& member) const {
  return Reopens(member) || (extent_ == Extent::kRequired && !Is(member, "required"));
}

// A schema that holds itself is made a few times only.
bool Populator::Reopens(const Json& fact) const {
  for (const char* inner : {"items", "values"}) {
    if (fact.contains(inner)) return Reopens(fact[inner]);
  }
  return fact.contains("ref") &&
         std::count(open_.begin(), open_.end(), fact["ref"].get<std::string>()) >= kMaxOpen;
}

Value Populator::MakeObject(const Json& fact, const Json& node) {
  Value value;
  value.kind = Value::Kind::kObject;
  const std::string schema = fact.value("ref", "");
  open_.push_back(schema);
  if (unknown_keys_) {
    const int number = Next();
    value.unknown.emplace_back(
        absl::StrCat("x_unknown_", number),
        absl::StrCat(R"({"b" : )", number, R"(, "a": 12345678901234567890.10, "s":"ü\u00e9"})"));
  }
  for (const Json& member : node.at("fields")) {
    if (!IsLeftOut(member)) value.parts.push_back(MakeMember(schema, member));
  }
  open_.pop_back();
  return value;
}

Value Populator::MakeMember(const std::string& schema, const Json& member) {
  const std::string key = member.at("key");
  Value value;
  const bool nullable = Is(member, "nullable");
  const auto given = GivenValues().find(absl::StrCat(schema, ".", key));
  const Value::Kind kind = KindOf(inventory_.Resolve(member));
  if (nullable && extent_ != Extent::kEverything) {
    value.fact = &member;
    value.node = &member;
  } else if (extent_ == Extent::kNothing &&
             (kind == Value::Kind::kList || kind == Value::Kind::kMap)) {
    value.kind = kind;
    value.fact = &member;
    value.node = &member;
  } else {
    value = MakeParts(member);
    if (given != GivenValues().end()) value.scalar = given->second;
  }
  value.key = key;
  return value;
}

Value Populator::MakeRaw(const Json& node) {
  Value value;
  value.kind = Value::Kind::kRaw;
  const int number = Next();
  value.raw =
      absl::StrCat(R"({"zeta" :)", number,
                   R"(, "alpha": 123456789012345678901, "text":"\"é\u2713", "none": null})");
  // Whatever may be anything is now and then a list of such objects.
  if (node.value("form", "") == "any" && TakeTurn(node, 2) == 1) {
    value.raw = absl::StrCat("[", value.raw, " ]");
  }
  return value;
}

Json Populator::MakeScalar(const Json& node) {
  if (node.contains("const")) return node["const"];
  if (node.contains("enum")) {
    const Json& names = node["enum"];
    // The first of several means that nothing was said.
    return names.size() == 1 ? names[0] : names[1 + TakeTurn(node, names.size() - 1)];
  }
  const std::string type = node.at("type");
  // Neighbours differ, and each is both in turn.
  if (type == "boolean") return (TakeTurn(node, 2) + node.value("key", "").size()) % 2 == 1;
  if (type == "number") return Next() + 0.375;
  if (type == "integer") {
    return node.value("format", "") == "int64" ? kBeyondDouble + Next() : 1'000'000 + Next();
  }
  return MakeText(node);
}

Json Populator::MakeText(const Json& node) {
  const std::string format = node.value("format", "");
  const int number = Next();
  if (format == "int64") return std::to_string(kBeyondDouble + number);
  if (format == "date-time") {
    const absl::Time time = absl::FromUnixSeconds(kSomeTime + number) + absl::Milliseconds(250);
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
  }
  if (format == "duration") return absl::StrCat(number, ".500s");
  if (format == "field-mask") return "displayName,someOther.createTime";
  if (format == "byte") return absl::StrCat("Zmlyc", 1000 + number, "w==");
  return absl::StrCat(number, " \"", node.value("key", "text"), "\" \\ \n\t é✓ a&b=c+d/%41?#[]");
}

}  // namespace fireworks::conformance
