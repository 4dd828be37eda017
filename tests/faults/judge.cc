#include "tests/faults/judge.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;
using Json = nlohmann::json;

// Takes what stands before `mark` out of `text`; false when there is no mark.
bool TakeUntil(absl::string_view mark, absl::string_view* text, absl::string_view* taken) {
  const std::size_t at = text->find(mark);
  if (at == absl::string_view::npos) return false;
  *taken = text->substr(0, at);
  text->remove_prefix(at + mark.size());
  return true;
}

struct Body {
  std::string bytes;
  bool whole = false;  // the framing says so
};

Body Unchunk(absl::string_view rest) {
  Body body;
  absl::string_view line;
  while (TakeUntil("\r\n", &rest, &line)) {
    const std::size_t size = std::strtoul(std::string(line).c_str(), nullptr, 16);
    if (size == 0) {
      body.whole = rest == "\r\n";
      return body;
    }
    body.bytes += std::string(rest.substr(0, size));
    if (rest.size() < size + 2) return body;
    rest.remove_prefix(size + 2);
  }
  return body;
}

Body BodyOf(absl::string_view head, absl::string_view rest) {
  if (absl::StrContains(head, "chunked")) return Unchunk(rest);
  constexpr absl::string_view kLength = "content-length: ";
  const std::size_t at = head.find(kLength);
  if (at == absl::string_view::npos) return {std::string(rest), true};
  const std::size_t length =
      std::strtoul(std::string(head.substr(at + kLength.size())).c_str(), nullptr, 10);
  return {std::string(rest), rest.size() == length};
}

bool IsFinished(const Json& event) {
  const auto choices = event.find("choices");
  if (choices == event.end()) return false;
  for (const Json& choice : *choices) {
    if (choice.contains("finish_reason") && choice["finish_reason"].is_string()) return true;
  }
  return false;
}

bool IsLast(const Json& event) {
  const std::string type = event.value("type", "");
  return type == "message_stop" || type == "response.completed";
}

Verdict JudgeStream(absl::string_view body) {
  std::size_t messages = 0;
  bool finished = false;
  absl::string_view event;
  while (TakeUntil("\n\n", &body, &event)) {
    const absl::string_view data = event.substr(event.find("data: ") + 6);
    if (data == "[DONE]") break;
    ++messages;
    const Json json = Json::parse(data.begin(), data.end());
    if (IsLast(json)) return {StatusCode::OK, "", messages};
    finished = finished || IsFinished(json);
  }
  if (finished) return {StatusCode::OK, "", messages};
  return {messages == 0 ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS, "STREAM_TRUNCATED",
          messages};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  return out << verdict.code << " " << verdict.reason << ", " << verdict.messages << " messages";
}

Verdict Judge(Call call, absl::string_view wire) {
  absl::string_view head;
  if (!TakeUntil("\r\n\r\n", &wire, &head)) return {StatusCode::UNAVAILABLE, "UPSTREAM_RESET", 0};
  const Body body = BodyOf(head, wire);
  if (IsStream(call)) return JudgeStream(body.bytes);
  if (body.whole) return {};
  return {call == Call::kGet ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS, "BODY_TRUNCATED",
          0};
}

}  // namespace fireworks::faults
