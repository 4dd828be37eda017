#include "tests/simulator/resource_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/simulator/resource_json.h"
#include "tests/simulator/resource_value.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

// What a life without mishaps is made of, in order; a type has the part of it
// that its enum names. VALIDATING before PENDING and CREATING is how batch jobs
// were seen to go.
constexpr const char* kLife[] = {"VALIDATING", "PENDING", "CREATING", "UPLOADING",
                                 "BUILDING",   "DEPLOYING", "RUNNING", "READY",
                                 "ACTIVE",     "DEPLOYED",  "COMPLETED"};

// The type of `state`; null where there is none.
const Type* StateType(const Resource& resource) {
  const Field* const state = resource.type->message->Find("state");
  return state != nullptr && state->type->kind == Type::Kind::kEnum ? state->type : nullptr;
}

// The value that means `word`, which may stand behind the enum's own name; empty
// when there is none.
std::string ValueOf(const Type& states, absl::string_view word) {
  absl::string_view prefix = states.zero;
  absl::ConsumeSuffix(&prefix, "UNSPECIFIED");
  for (const std::string& value : states.values) {
    if (value == word || value == absl::StrCat(prefix, word)) return value;
  }
  return "";
}

std::deque<std::string> LifeOf(const Type& states) {
  std::deque<std::string> life;
  for (const char* word : kLife) {
    std::string value = ValueOf(states, word);
    if (!value.empty()) life.push_back(std::move(value));
  }
  return life;
}

void SetProgress(Resource* resource) {
  const Field* const progress = resource->type->message->Find("jobProgress");
  if (progress == nullptr || progress->type->Find("percent") == nullptr || resource->steps == 0) {
    return;
  }
  Json& json = resource->json["jobProgress"];
  if (json.is_null()) json = EmptyMessage(*progress->type);
  json["percent"] = 100 * (resource->steps - resource->upcoming.size()) / resource->steps;
}

void Enter(const std::string& state, Resource* resource) {
  resource->json["state"] = state;
  Touch(resource);
}

// Sends the resource through `life`, from its first state on.
void Live(std::deque<std::string> life, Resource* resource) {
  if (life.empty()) return;
  const std::string first = life.front();
  life.pop_front();
  resource->upcoming = std::move(life);
  resource->steps = resource->upcoming.size();
  Enter(first, resource);
  SetProgress(resource);
}

absl::Status WrongState(const Resource& resource) {
  return absl::FailedPreconditionError(
      absl::StrCat(resource.name, " is in state ", resource.json["state"].get<std::string>()));
}

bool LivesOn(const Resource& resource) {
  const Type* const states = StateType(resource);
  if (states == nullptr) return false;
  const std::deque<std::string> life = LifeOf(*states);
  return std::find(life.begin(), life.end(), resource.json["state"]) != life.end();
}

}  // namespace

std::string NowText() {
  return TimeText(absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())));
}

void BeginLife(Resource* resource) {
  const Type* const states = StateType(*resource);
  // A state that the client may set stays as it did.
  if (states == nullptr || resource->json["state"] != states->zero) return;
  Live(LifeOf(*states), resource);
  resource->awaits_upload = resource->json["state"] == "UPLOADING";
}

void StepLife(Resource* resource) {
  if (resource->awaits_upload || resource->upcoming.empty()) return;
  const std::string next = resource->upcoming.front();
  resource->upcoming.pop_front();
  Enter(next, resource);
  SetProgress(resource);
  if (resource->upcoming.empty()) SetIfPresent("completedTime", NowText(), &resource->json);
}

void FinishLife(Resource* resource) {
  resource->awaits_upload = false;
  while (!resource->upcoming.empty()) StepLife(resource);
}

void EndUpload(Resource* resource) {
  resource->awaits_upload = false;
  Touch(resource);
}

void BeginUpdate(Resource* resource) {
  Touch(resource);
  const Type* const states = StateType(*resource);
  if (states == nullptr || !resource->upcoming.empty()) return;
  const std::string updating = ValueOf(*states, "UPDATING");
  if (updating.empty()) return;
  Live({updating, resource->json["state"].get<std::string>()}, resource);
}

absl::Status Cancel(Resource* resource) {
  if (StateType(*resource) == nullptr) return absl::OkStatus();
  if (resource->upcoming.empty() || !LivesOn(*resource)) return WrongState(*resource);
  std::deque<std::string> end;
  for (const char* word : {"CANCELLING", "CANCELLED"}) {
    std::string state = ValueOf(*StateType(*resource), word);
    if (!state.empty()) end.push_back(std::move(state));
  }
  Live(std::move(end), resource);
  return absl::OkStatus();
}

absl::Status Resume(Resource* resource) {
  if (StateType(*resource) == nullptr) return absl::OkStatus();
  if (LivesOn(*resource)) return WrongState(*resource);
  Live(LifeOf(*StateType(*resource)), resource);
  return absl::OkStatus();
}

void MarkDeleted(Resource* resource) {
  resource->deleted = true;
  resource->upcoming.clear();
  SetIfPresent("deleteTime", NowText(), &resource->json);
  SetIfPresent("purgeTime", TimeText(absl::Now() + absl::Hours(24 * 7)), &resource->json);
  Enter(ValueOf(*StateType(*resource), "DELETED"), resource);
}

absl::Status Undelete(Resource* resource) {
  if (!resource->deleted) return WrongState(*resource);
  resource->deleted = false;
  SetIfPresent("deleteTime", nullptr, &resource->json);
  SetIfPresent("purgeTime", nullptr, &resource->json);
  Enter(LifeOf(*StateType(*resource)).back(), resource);
  return absl::OkStatus();
}

void Touch(Resource* resource) {
  SetIfPresent("updateTime", NowText(), &resource->json);
}

}  // namespace fireworks::simulator
