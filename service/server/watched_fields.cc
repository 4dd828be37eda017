#include "service/server/watched_fields.h"

#include <algorithm>
#include <string>
#include <vector>

namespace fireworks::server {
namespace {

void Watch(const std::vector<contract::FieldPath>& paths, json::FieldWatch* watch) {
  for (const contract::FieldPath& path : paths) watch->Add(path.leaf());
}

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

absl::optional<json::FieldWatch> WatchedFields(const contract::Route& route,
                                               const TraceFields& trace) {
  // Where a field says what each message is, it is in each.
  if (!route.stream || !route.stream->event_type.empty()) return absl::nullopt;
  const contract::StreamRules& rules = *route.stream;
  json::FieldWatch watch;
  if (!rules.finish_reason.empty()) watch.Add(rules.finish_reason.leaf());
  for (const auto& [arm, name] : rules.event_arms) {
    if (Contains(rules.final_events, name) || Contains(rules.failed_events, name) ||
        Contains(rules.cancelled_events, name)) {
      watch.Add(arm);
    }
  }
  Watch(route.usage.prompt_tokens, &watch);
  Watch(route.usage.completion_tokens, &watch);
  Watch(route.usage.cached_tokens, &watch);
  Watch(trace.finish_reason, &watch);
  Watch(trace.reasoning_tokens, &watch);
  return watch;
}

}  // namespace fireworks::server
