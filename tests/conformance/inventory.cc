#include "tests/conformance/inventory.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "protos/inventory/contract_files.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::Descriptor;

// The element of `list` whose `name` is `value`.
Json& ElementOf(Json* list, const char* name, const std::string& value) {
  return *std::find_if(list->begin(), list->end(),
                       [&](const Json& element) { return element.at(name) == value; });
}

Json& FieldOf(Json* facts, const std::string& schema, const std::string& key) {
  return ElementOf(&facts->at("schemas").at(schema).at("fields"), "key", key);
}

// `filter[key]=value`, once per value: the object around the values is nowhere.
void BareFilterValues(Json* facts) {
  Json& operation = ElementOf(&facts->at("operations"), "rpc", "GetAccountUsage");
  Json& filter = ElementOf(&operation.at("query"), "key", "filter");
  filter["values"] = FieldOf(facts, filter["values"]["ref"], "values");
}

void ForgetFilterValues(Json* facts) {
  facts->at("schemas").erase("GetAccountUsageRequestFilterValues");
}

// One free-form arm instead of two: an object, or a list of them.
void OneStructuredInput(Json* facts) {
  Json& arms = FieldOf(facts, "EmbeddingRequest", "input").at("arms");
  arms.erase(arms.size() - 1);
  arms.back()["form"] = "any";
}

// A list in a message of its own.
void WrappedLogits(Json* facts) {
  FieldOf(facts, "EmbeddingRequest", "return_logits")["wrapped"] = true;
}

// A key that the document forgot.
void DeltaCitation(Json* facts) {
  Json citation = FieldOf(facts, "AnthropicResponseTextBlock", "citations").at("items");
  citation["key"] = "citation";
  FieldOf(facts, "AnthropicContentBlockDeltaEvent", "delta").at("fields").push_back(citation);
}

struct Amendment {
  absl::string_view finding;
  void (*apply)(Json*);
};

// What each deviation of protos/inventory/deviations.json changes in the facts.
constexpr Amendment kAmendments[] = {
    {"wrong type GetAccountUsageRequest.filter: is no plain message", BareFilterValues},
    {"invented message fireworks.gateway.v1.GetAccountUsageRequest.FilterValues",
     ForgetFilterValues},
    {"missing arm EmbeddingRequest.Input: "
     "{\"type\":\"array\",\"items\":{\"type\":\"json\",\"form\":\"object\"}}",
     OneStructuredInput},
    {"wrong type EmbeddingRequest.return_logits: is not repeated", WrappedLogits},
    {"invented field AnthropicContentBlockDeltaEvent.Delta.citation", DeltaCitation},
};

}  // namespace

absl::StatusOr<Inventory> Inventory::Make(Json facts, const Json& deviations) {
  Inventory inventory;
  for (const Json& deviation : deviations) {
    const std::string finding = deviation.at("finding");
    const auto* amendment =
        std::find_if(std::begin(kAmendments), std::end(kAmendments),
                     [&](const Amendment& each) { return each.finding == finding; });
    if (amendment == std::end(kAmendments)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tests/conformance/inventory.cc does not say what to expect of: ", finding));
    }
    amendment->apply(&facts);
    ++inventory.deviations_;
  }
  inventory.facts_ = std::make_unique<Json>(std::move(facts));
  return inventory;
}

absl::StatusOr<Inventory> Inventory::Read(const std::string& facts_path,
                                          const std::string& deviations_path) {
  absl::StatusOr<Json> facts = inventory::ReadJson(facts_path);
  if (!facts.ok()) return facts.status();
  const absl::StatusOr<Json> deviations = inventory::ReadJson(deviations_path);
  if (!deviations.ok()) return deviations.status();
  return Make(*std::move(facts), *deviations);
}

const Json& Inventory::UnaryOf(const Json& stream) const {
  return *std::find_if(operations().begin(), operations().end(), [&](const Json& operation) {
    return operation.at("api") == "inference" && operation.at("rpc") == stream.at("of");
  });
}

const Json* Inventory::StreamOf(const std::string& rpc) const {
  const auto found =
      std::find_if(streams().begin(), streams().end(),
                   [&](const Json& stream) { return stream.at("of") == rpc; });
  return found == streams().end() ? nullptr : &*found;
}

const Json& Inventory::Resolve(const Json& fact) const {
  return fact.contains("ref") ? facts_->at("schemas").at(fact["ref"].get<std::string>()) : fact;
}

bool Inventory::IsNamed(const std::string& schema, const Descriptor& type) const {
  const std::string name = type.full_name().substr(type.file()->package().size() + 1);
  const Json& names = facts_->at("names");
  if (names.contains(schema)) return names[schema] == name;
  // Where a schema nests is told by its name.
  return absl::StrReplaceAll(name, {{".", ""}}) == absl::StripPrefix(schema, "gateway");
}

std::string SnakeCase(const std::string& key) {
  std::string name;
  for (const char c : key) {
    if (absl::ascii_isupper(c)) name.push_back('_');
    name.push_back(absl::ascii_tolower(c));
  }
  return name;
}

std::string LowerCamelCase(const std::string& name) {
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool word = name[i] == '_' && i + 1 < name.size();
    key.push_back(word ? absl::ascii_toupper(name[++i]) : name[i]);
  }
  return key;
}

}  // namespace fireworks::conformance
