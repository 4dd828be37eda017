// Reranking: documents in the order in which they share words with a query.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RERANK_H_
#define FIREWORKS_TESTS_SIMULATOR_RERANK_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// Why the engine refuses `body`; see ValidateChatRequest.
std::vector<std::string> ValidateRerankRequest(const nlohmann::ordered_json& body, bool lax);

// The answer to a body that ValidateRerankRequest accepts. A document's
// relevance is the share of the query's words that it has; equal ones keep
// their order.
std::string RerankBody(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RERANK_H_
