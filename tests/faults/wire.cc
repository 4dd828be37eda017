#include "tests/faults/wire.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace fireworks::faults {
namespace {

constexpr char kDone[] = "data: [DONE]\n\n";

std::string Chunked(absl::string_view body) {
  // Two chunks, so that there is a boundary in the middle.
  const std::size_t half = body.size() / 2;
  std::string out;
  for (const absl::string_view part : {body.substr(0, half), body.substr(half)}) {
    if (!part.empty()) absl::StrAppend(&out, absl::Hex(part.size()), "\r\n", part, "\r\n");
  }
  return out + "0\r\n\r\n";
}

}  // namespace

std::string Http(const std::vector<std::string>& headers, absl::string_view body,
                 Framing framing) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (const std::string& header : headers) absl::StrAppend(&answer, header, "\r\n");
  switch (framing) {
    case Framing::kClose:
      return absl::StrCat(answer, "connection: close\r\n\r\n", body);
    case Framing::kLength:
      return absl::StrCat(answer, "content-length: ", body.size(), "\r\n\r\n", body);
    case Framing::kChunked:
      return absl::StrCat(answer, "transfer-encoding: chunked\r\n\r\n", Chunked(body));
  }
  return answer;
}

std::string JsonAnswer(absl::string_view body, Framing framing) {
  return Http({"content-type: application/json"}, body, framing);
}

std::string StreamAnswer(absl::string_view body, Framing framing) {
  return Http({"content-type: text/event-stream"}, body, framing);
}

std::string Verbatim(absl::string_view answer, absl::string_view more) {
  return absl::StrCat("answer=", absl::Base64Escape(answer), ";", more);
}

std::string Repeated(absl::string_view head, absl::string_view repeated, int times) {
  return absl::StrCat("head=", absl::Base64Escape(head), ";", Verbatim(repeated), "repeat=", times);
}

std::string Event(absl::string_view data, absl::string_view name) {
  return absl::StrCat(name.empty() ? "" : absl::StrCat("event: ", name, "\n"), "data: ", data,
                      "\n\n");
}

std::vector<std::string> SmallStream(Call stream) {
  switch (stream) {
    case Call::kChat:
      return {Event(R"({"choices":[{"index":0,"delta":{"content":"one é"}}]})"),
              Event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],)"
                    R"("usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})"),
              kDone};
    case Call::kCompletion:
      return {Event(R"({"choices":[{"index":0,"text":"one é"}]})"),
              Event(R"({"choices":[{"index":0,"text":"","finish_reason":"length"}],)"
                    R"("usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})"),
              kDone};
    case Call::kResponse:
      return {Event(R"({"type":"response.created","sequence_number":0})"),
              Event(R"({"type":"response.output_text.delta","delta":"one é"})"),
              Event(R"({"type":"response.completed","response":{"usage":)"
                    R"({"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}})")};
    case Call::kMessage:
      return {Event(R"({"type":"content_block_delta","index":0,)"
                    R"("delta":{"type":"text_delta","text":"one é"}})",
                    "content_block_delta"),
              Event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
                    R"("usage":{"input_tokens":7,"output_tokens":2}})",
                    "message_delta"),
              Event(R"({"type":"message_stop"})", "message_stop")};
    default:
      return {};
  }
}

std::string Join(const std::vector<std::string>& events) { return absl::StrJoin(events, ""); }

std::string Join(const std::vector<std::string>& events, std::size_t count) {
  return absl::StrJoin(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count), "");
}

std::size_t MessagesOf(Call stream) {
  const std::vector<std::string> events = SmallStream(stream);
  return events.size() - static_cast<std::size_t>(events.back() == kDone);
}

std::string SmallBody(Call unary) {
  if (unary == Call::kGet) return R"({"name":"accounts/fireworks/models/m","displayName":"é"})";
  return R"({"choices":[{"index":0,"message":{"role":"assistant","content":"one é"},)"
         R"("finish_reason":"stop"}],)"
         R"("usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})";
}

}  // namespace fireworks::faults
