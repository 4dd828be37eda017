// Log probabilities of tokens in both forms of the wire.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_LOGPROBS_H_
#define FIREWORKS_TESTS_SIMULATOR_LOGPROBS_H_

#include <cstddef>

#include "nlohmann/json.hpp"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {

// {"content":[{token, logprob, sampling_logprob, bytes, top_logprobs, token_id,
// text_offset}]} for tokens [begin, end) of `text`; `top` alternatives each.
nlohmann::ordered_json ContentLogprobs(const TokenText& text, std::size_t begin, std::size_t end,
                                       std::size_t top);

// {tokens, token_logprobs, top_logprobs, text_offset, token_ids} for the same.
nlohmann::ordered_json LegacyLogprobs(const TokenText& text, std::size_t begin, std::size_t end,
                                      std::size_t top);

// The token ids alone.
nlohmann::ordered_json TokenIds(const TokenText& text, std::size_t begin, std::size_t end);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_LOGPROBS_H_
