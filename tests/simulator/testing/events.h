// The events of a source, for tests of protocols.
#ifndef FIREWORKS_TESTS_SIMULATOR_TESTING_EVENTS_H_
#define FIREWORKS_TESTS_SIMULATOR_TESTING_EVENTS_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

struct ParsedEvent {
  std::string name;
  nlohmann::ordered_json data;
};

// All events; data that is no JSON is discarded there.
inline std::vector<ParsedEvent> ReadEvents(EventSource* source) {
  std::vector<ParsedEvent> events;
  while (const std::optional<std::string> data = source->Next()) {
    events.push_back({source->name(), nlohmann::ordered_json::parse(
                                          *data, nullptr, /*allow_exceptions=*/false)});
  }
  return events;
}

// The member `type` of each event's data, in order.
inline std::vector<std::string> TypesOf(const std::vector<ParsedEvent>& events) {
  std::vector<std::string> types;
  for (const ParsedEvent& event : events) types.push_back(event.data.value("type", ""));
  return types;
}

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TESTING_EVENTS_H_
