#include "tests/simulator/embedding.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/token_text.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kDimensions = 8;
constexpr std::size_t kMaxInputs = 2048;
// What return_logits: [] means by all tokens.
constexpr std::size_t kVocabulary = 16;

const Rules& RequestRules() {
  static const auto* const kRules = [] {
    const Rule tokens = rule::ArrayOf(rule::Integer(), 1);
    const Rule one = rule::Either(rule::Text(), rule::Object());
    const Rule many = rule::Either(rule::ArrayOf(rule::Text(), 1, kMaxInputs),
                                   rule::ArrayOf(rule::Object(), 1, kMaxInputs));
    return new Rules{
        {"model", rule::Text()},
        {"user", rule::Text()},
        {"prompt_cache_key", rule::Text()},
        {"prompt_cache_isolation_key", rule::Text()},
        {"raw_output", rule::Bool()},
        {"perf_metrics_in_response", rule::Bool()},
        {"input", rule::Either(rule::Either(one, many),
                               rule::Either(tokens, rule::ArrayOf(tokens, 1, kMaxInputs)))},
        {"prompt_template", rule::Text()},
        {"encoding_format", rule::OneOf({"float", "base64"})},
        {"dimensions", rule::Integer(1, rule::kMaxInteger)},
        {"return_logits", rule::ArrayOf(rule::Integer())},
        {"normalize", rule::Bool()},
        {"fanout_size", rule::Integer()},
    };
  }();
  return *kRules;
}

// Each input as one text.
std::vector<std::string> Inputs(const Json& input) {
  const auto text = [](const Json& one) {
    return one.is_string() ? one.get<std::string>() : one.dump();
  };
  if (!input.is_array() || input.front().is_number()) return {text(input)};
  std::vector<std::string> inputs;
  for (const Json& one : input) inputs.push_back(text(one));
  return inputs;
}

// Elements between -1 and 1 with few digits.
std::vector<double> Vector(const std::string& text, std::size_t size, bool normalize) {
  std::vector<double> vector;
  double squares = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto random = static_cast<double>(Mix(StableHash(text), i) % 20'001);
    vector.push_back((random - 10'000) / 10'000);
    squares += vector.back() * vector.back();
  }
  if (!normalize || squares == 0) return vector;
  for (double& element : vector) element /= std::sqrt(squares);
  return vector;
}

// Little-endian 32-bit floats.
std::string Base64(const std::vector<double>& vector) {
  std::string bytes;
  for (const double element : vector) {
    const auto narrow = static_cast<float>(element);
    std::uint32_t bits;
    std::memcpy(&bits, &narrow, sizeof(bits));
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
  }
  return absl::Base64Escape(bytes);
}

std::size_t VectorSize(const Json& body) {
  if (!Has(body, "return_logits")) return Get<std::size_t>(body, "dimensions", kDimensions);
  return body["return_logits"].empty() ? kVocabulary : body["return_logits"].size();
}

}  // namespace

std::vector<std::string> ValidateEmbeddingRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"model", "input"});
  return validator.TakeRefusals();
}

std::string EmbeddingBody(const Json& body) {
  const std::size_t size = VectorSize(body);
  const bool base64 = Get<std::string>(body, "encoding_format", "float") == "base64";
  Json data = Json::array();
  std::size_t tokens = 0;
  for (const std::string& text : Inputs(body["input"])) {
    const std::vector<double> vector = Vector(text, size, Get<bool>(body, "normalize", false));
    data.push_back({{"object", "embedding"},
                    {"index", data.size()},
                    {"embedding", base64 ? Json(Base64(vector)) : Json(vector)}});
    tokens += CountPromptTokens(text) + 1;
  }
  Json answer = {{"object", "list"},
                 {"model", body["model"]},
                 {"data", std::move(data)},
                 {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
  if (Get<bool>(body, "perf_metrics_in_response", false)) {
    answer["perf_metrics"] = {{"prompt-tokens", tokens}};
  }
  return answer.dump();
}

}  // namespace fireworks::simulator
