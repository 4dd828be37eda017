#include "tests/simulator/model_json.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

// Every field of the messages that Model holds, unset.
const Json& EmptyMessages() {
  static const auto* const kMessages = new Json{
      {"status", {{"code", "OK"}, {"message", ""}}},
      {"baseModelDetails",
       {{"worldSize", 0},
        {"checkpointFormat", "CHECKPOINT_FORMAT_UNSPECIFIED"},
        {"huggingfaceFiles", Json::array()},
        {"parameterCount", "0"},
        {"moe", false},
        {"tunable", false},
        {"modelType", ""},
        {"supportsFireattention", false},
        {"defaultPrecision", "PRECISION_UNSPECIFIED"},
        {"supportsMtp", false}}},
      {"peftDetails",
       {{"baseModel", ""},
        {"r", 0},
        {"targetModules", Json::array()},
        {"baseModelType", ""},
        {"mergeAddonModelName", ""}}},
      {"teftDetails", Json::object()},
      {"conversationConfig", {{"style", ""}, {"system", ""}, {"template", ""}}},
      {"deprecationDate", {{"year", 0}, {"month", 0}, {"day", 0}}},
      {"defaultSamplingParams", Json::object()},
  };
  return *kMessages;
}

const Json& EmptyModelJson() {
  static const auto* const kModel = new Json{
      {"name", ""},
      {"displayName", ""},
      {"description", ""},
      {"createTime", nullptr},
      {"state", "STATE_UNSPECIFIED"},
      {"status", nullptr},
      {"kind", "KIND_UNSPECIFIED"},
      {"githubUrl", ""},
      {"huggingFaceUrl", ""},
      {"baseModelDetails", nullptr},
      {"peftDetails", nullptr},
      {"teftDetails", nullptr},
      {"public", false},
      {"conversationConfig", nullptr},
      {"contextLength", 0},
      {"supportsImageInput", false},
      {"supportsTools", false},
      {"importedFrom", ""},
      {"fineTuningJob", ""},
      {"defaultDraftModel", ""},
      {"defaultDraftTokenCount", 0},
      {"deployedModelRefs", Json::array()},
      {"cluster", ""},
      {"deprecationDate", nullptr},
      {"calibrated", false},
      {"tunable", false},
      {"supportsLora", false},
      {"useHfApplyChatTemplate", false},
      {"updateTime", nullptr},
      {"defaultSamplingParams", Json::object()},
      {"rlTunable", false},
      {"trainingContextLength", 0},
      {"snapshotType", "FULL_SNAPSHOT"},
      {"supportsServerless", false},
      {"supervisedLoraTunable", false},
      {"supervisedFullParameterTunable", false},
      {"rlLoraTunable", false},
      {"rlFullParameterTunable", false},
  };
  return *kModel;
}

const std::set<std::string>& OutputOnly() {
  static const auto* const kFields = new std::set<std::string>{
      "name",
      "createTime",
      "state",
      "status",
      "importedFrom",
      "fineTuningJob",
      "deployedModelRefs",
      "cluster",
      "calibrated",
      "tunable",
      "updateTime",
      "defaultSamplingParams",
      "rlTunable",
      "supportsServerless",
      "supervisedLoraTunable",
      "rlLoraTunable",
      "rlFullParameterTunable",
      "supervisedFullParameterTunable",
  };
  return *kFields;
}

std::string LowerCamel(const std::string& name) {
  std::string camel;
  bool upper = false;
  for (const char letter : name) {
    if (letter == '_') {
      upper = true;
      continue;
    }
    camel += upper ? absl::ascii_toupper(letter) : letter;
    upper = false;
  }
  return camel;
}

bool IsInt64Text(const Json& value) {
  std::int64_t ignored;
  return value.is_string() && absl::SimpleAtoi(value.get<std::string>(), &ignored);
}

// Whether `value` can stand where `empty`, the unset value, stands.
bool SameType(const Json& empty, const Json& value) {
  if (empty.is_number()) return value.is_number_integer() || IsInt64Text(value);
  // The only unset value that is text and a number is an int64's.
  if (empty == "0") return value.is_number_integer() || IsInt64Text(value);
  return empty.type() == value.type();
}

// The value as the server prints it back.
Json Canonical(const Json& empty, const Json& value) {
  if (empty == "0" && value.is_number_integer()) return absl::StrCat(value.get<std::int64_t>());
  if (empty.is_number() && value.is_string()) {
    std::int64_t number = 0;
    static_cast<void>(absl::SimpleAtoi(value.get<std::string>(), &number));
    return number;
  }
  return value;
}

absl::Status Merge(const Json& change, const Json& empty, const std::string& at, Json* target) {
  for (const auto& [given, value] : change.items()) {
    const std::string key = LowerCamel(given);
    const std::string field = at + key;
    if (!empty.contains(key)) {
      return absl::InvalidArgumentError(absl::StrCat("unknown field \"", field, "\""));
    }
    if (at.empty() && OutputOnly().count(key) == 1) continue;
    Json& member = (*target)[key];
    if (value.is_null()) {
      member = empty[key];
      continue;
    }
    const bool message = at.empty() && EmptyMessages().contains(key);
    const Json& type = message ? EmptyMessages()[key] : empty[key];
    if (!SameType(type, value)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid value for field \"", field, "\""));
    }
    if (!message) {
      member = Canonical(type, value);
      continue;
    }
    if (member.is_null()) member = type;
    if (absl::Status status = Merge(value, type, field + ".", &member); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

nlohmann::json EmptyModel() {
  return EmptyModelJson();
}

absl::Status MergeModel(const nlohmann::json& change, nlohmann::json* model) {
  if (!change.is_object()) return absl::InvalidArgumentError("the model must be a JSON object");
  Json merged = *model;
  if (absl::Status status = Merge(change, EmptyModelJson(), "", &merged); !status.ok()) {
    return status;
  }
  *model = std::move(merged);
  return absl::OkStatus();
}

}  // namespace fireworks::simulator
