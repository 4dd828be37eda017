#include "tests/simulator/logprobs.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

struct Token {
  std::string text;
  // Bytes of the text before it.
  std::size_t offset;
};

std::vector<Token> Tokens(const TokenText& text, std::size_t begin, std::size_t end) {
  std::vector<Token> tokens;
  std::size_t offset = text.Join(0, begin).size();
  for (std::size_t i = begin; i < std::min(end, text.size()); ++i) {
    tokens.push_back({text.Token(i), offset});
    offset += tokens.back().text.size();
  }
  return tokens;
}

// The token itself and made-up rivals, each less likely than the one before.
std::vector<std::string> Candidates(const std::string& token, std::size_t top) {
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < top; ++i) {
    candidates.push_back(i == 0 ? token : absl::StrCat(token, "~", i));
  }
  return candidates;
}

double CandidateLogprob(const std::string& token, std::size_t rank) {
  return TokenLogprob(token) - static_cast<double>(rank);
}

Json Bytes(const std::string& token) {
  Json bytes = Json::array();
  for (const char byte : token) bytes.push_back(static_cast<unsigned char>(byte));
  return bytes;
}

}  // namespace

Json ContentLogprobs(const TokenText& text, std::size_t begin, std::size_t end, std::size_t top) {
  Json content = Json::array();
  for (const Token& token : Tokens(text, begin, end)) {
    Json top_logprobs = Json::array();
    const std::vector<std::string> candidates = Candidates(token.text, top);
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
      top_logprobs.push_back({{"token", candidates[rank]},
                              {"logprob", CandidateLogprob(token.text, rank)},
                              {"token_id", TokenId(candidates[rank])},
                              {"bytes", Bytes(candidates[rank])}});
    }
    content.push_back({{"token", token.text},
                       {"logprob", TokenLogprob(token.text)},
                       {"sampling_logprob", TokenLogprob(token.text)},
                       {"bytes", Bytes(token.text)},
                       {"top_logprobs", std::move(top_logprobs)},
                       {"token_id", TokenId(token.text)},
                       {"text_offset", token.offset}});
  }
  return {{"content", std::move(content)}};
}

Json LegacyLogprobs(const TokenText& text, std::size_t begin, std::size_t end, std::size_t top) {
  Json logprobs = {{"tokens", Json::array()},
                   {"token_logprobs", Json::array()},
                   {"top_logprobs", Json::array()},
                   {"text_offset", Json::array()},
                   {"token_ids", Json::array()}};
  for (const Token& token : Tokens(text, begin, end)) {
    Json rivals = Json::object();
    const std::vector<std::string> candidates = Candidates(token.text, top);
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
      rivals[candidates[rank]] = CandidateLogprob(token.text, rank);
    }
    logprobs["tokens"].push_back(token.text);
    logprobs["token_logprobs"].push_back(TokenLogprob(token.text));
    logprobs["top_logprobs"].push_back(std::move(rivals));
    logprobs["text_offset"].push_back(token.offset);
    logprobs["token_ids"].push_back(TokenId(token.text));
  }
  return logprobs;
}

Json TokenIds(const TokenText& text, std::size_t begin, std::size_t end) {
  Json ids = Json::array();
  for (const Token& token : Tokens(text, begin, end)) ids.push_back(TokenId(token.text));
  return ids;
}

}  // namespace fireworks::simulator
