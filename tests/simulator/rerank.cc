#include "tests/simulator/rerank.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kDefaultModel[] = "accounts/fireworks/models/reranker-small";

const Rules& RequestRules() {
  static const auto* const kRules = new Rules{
      {"model", rule::Text()},
      {"query", rule::Text()},
      {"documents", rule::ArrayOf(rule::Text(), 1)},
      {"top_n", rule::Integer(1, rule::kMaxInteger)},
      {"return_documents", rule::Bool()},
      {"task", rule::Text()},
  };
  return *kRules;
}

std::set<std::string> Words(absl::string_view text) {
  return absl::StrSplit(absl::AsciiStrToLower(text), absl::ByAnyChar(" .,;:!?"), absl::SkipEmpty());
}

double Relevance(const std::set<std::string>& query, const std::string& document) {
  if (query.empty()) return 0;
  const std::set<std::string> words = Words(document);
  const auto shared = std::count_if(query.begin(), query.end(), [&](const std::string& word) {
    return words.count(word) == 1;
  });
  return static_cast<double>(shared) / static_cast<double>(query.size());
}

}  // namespace

std::vector<std::string> ValidateRerankRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"query", "documents"});
  return validator.TakeRefusals();
}

std::string RerankBody(const Json& body) {
  const std::set<std::string> query = Words(body["query"].get<std::string>());
  std::size_t tokens = CountPromptTokens(body["query"].get<std::string>());
  std::vector<Json> results;
  for (const Json& document : body["documents"]) {
    const auto text = document.get<std::string>();
    results.push_back(
        {{"index", results.size()}, {"relevance_score", Relevance(query, text)}});
    if (Get<bool>(body, "return_documents", true)) results.back()["document"] = text;
    tokens += CountPromptTokens(text);
  }
  std::stable_sort(results.begin(), results.end(), [](const Json& a, const Json& b) {
    return a["relevance_score"] > b["relevance_score"];
  });
  if (Has(body, "top_n")) {
    results.resize(std::min(results.size(), body["top_n"].get<std::size_t>()));
  }
  const Json answer = {
      {"object", "list"},
      {"model", Get<std::string>(body, "model", kDefaultModel)},
      {"data", results},
      {"usage", {{"total_tokens", tokens}, {"prompt_tokens", tokens}, {"completion_tokens", 0}}}};
  return answer.dump();
}

}  // namespace fireworks::simulator
