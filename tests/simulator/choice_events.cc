#include "tests/simulator/choice_events.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/engine_json.h"
#include "tests/simulator/errors.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

ChoiceEvents::ChoiceEvents(GenerationRequest request, Generation generation,
                           const Directives& directives, const AnswerIdentity& identity,
                           absl::string_view object)
    : request_(std::move(request)),
      generation_(std::move(generation)),
      directives_(directives),
      prefix_(absl::StrCat(R"({"id":)", Json(identity.id).dump(), R"(,"object":")", object,
                           R"(","created":)", identity.created, R"(,"model":)",
                           Json(request_.model).dump(), R"(,"choices":[)")),
      finished_(generation_.choices.size()) {}

std::optional<std::string> ChoiceEvents::Next() {
  repeat_ = 1;
  while (finished_count_ < finished_.size()) {
    const std::size_t index = turn_++ % finished_.size();
    if (!finished_[index]) return NextOf(index);
  }
  if (!std::exchange(usage_pending_, false)) return std::nullopt;
  return absl::StrCat(prefix_, R"(],"usage":)", UsageJson(request_, generation_).dump(), "}");
}

std::string ChoiceEvents::Error() { return OverloadedError().body; }

std::string ChoiceEvents::Chunk(absl::string_view open_choice, absl::string_view tail) const {
  return absl::StrCat(prefix_, open_choice, R"(}],"usage":null)", tail, "}");
}

std::string ChoiceEvents::FinishChunk(std::size_t index, absl::string_view open_choice) {
  finished_[index] = true;
  ++finished_count_;
  std::string usage = "null";
  std::string perf;
  if (finished_count_ == finished_.size()) {
    const Directives::Usage placement = UsagePlacement(request_, directives_);
    if (placement == Directives::Usage::kFinish) usage = UsageJson(request_, generation_).dump();
    usage_pending_ = placement == Directives::Usage::kExtra;
    if (request_.perf_metrics) {
      perf = absl::StrCat(R"(,"perf_metrics":)", PerfMetricsJson(request_, generation_).dump());
    }
  }
  return absl::StrCat(prefix_, open_choice, R"(}],"usage":)", usage, perf, "}");
}

}  // namespace fireworks::simulator
