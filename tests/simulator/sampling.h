// The settings that chat completions and completions have in common: which the
// engine takes, and what the simulator makes of them.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_SAMPLING_H_
#define FIREWORKS_TESTS_SIMULATOR_SAMPLING_H_

#include "nlohmann/json.hpp"
#include "tests/simulator/generation.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {

const Rules& SamplingRules();

// What SamplingRules cannot say: the keys of nested objects, and settings that
// exclude each other.
void ValidateSampling(const nlohmann::ordered_json& body, Validator* validator);

// Reads the settings but the seed, which needs the prompt.
void ReadSampling(const nlohmann::ordered_json& body, GenerationRequest* request);

// Makes the answer JSON if `format` says so. The schema travels as an object or
// as text, bare or as {"name","schema"}.
void ReadResponseFormat(const nlohmann::ordered_json& format, GenerationRequest* request);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_SAMPLING_H_
