// Embeddings: vectors that depend on the text and on nothing else.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_EMBEDDING_H_
#define FIREWORKS_TESTS_SIMULATOR_EMBEDDING_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// Why the engine refuses `body`; see ValidateChatRequest.
std::vector<std::string> ValidateEmbeddingRequest(const nlohmann::ordered_json& body, bool lax);

// The answer to a body that ValidateEmbeddingRequest accepts: a vector of
// `dimensions` elements (8) for each input, of length 1 with `normalize`. With
// `return_logits`, as many elements as tokens were named.
std::string EmbeddingBody(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_EMBEDDING_H_
