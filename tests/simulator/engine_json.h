// Parts of answers that chat completions and completions have in common, as
// JSON.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_ENGINE_JSON_H_
#define FIREWORKS_TESTS_SIMULATOR_ENGINE_JSON_H_

#include <cstddef>
#include <string>

#include "nlohmann/json.hpp"
#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

nlohmann::ordered_json UsageJson(const GenerationRequest& request, const Generation& generation);

nlohmann::ordered_json PerfMetricsJson(const GenerationRequest& request,
                                       const Generation& generation);

// Of tokens [begin, end) of `text`, in the form that the request asks for.
nlohmann::ordered_json LogprobsJson(const GenerationRequest& request, const TokenText& text,
                                    std::size_t begin, std::size_t end);

nlohmann::ordered_json PromptTokenIds(const std::string& prompt);

nlohmann::ordered_json RawOutputJson(const GenerationRequest& request, const std::string& prompt,
                                     const Generation::Choice& choice);

// Where a stream tells usage: what the directive says or, with kAuto, what the
// request does. Never kAuto.
Directives::Usage UsagePlacement(const GenerationRequest& request, const Directives& directives);

// The fireworks-* and x-ratelimit-* headers: all of them for a unary answer, for
// a stream only those that are known before the first token.
Headers EngineHeaders(const GenerationRequest& request, const Generation& generation);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_ENGINE_JSON_H_
