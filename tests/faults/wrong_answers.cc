// Answers with a 200 that are not what was asked for, and redirects.
#include "absl/strings/str_cat.h"
#include "tests/faults/scorecard.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;

constexpr char kPage[] = "<html><body><h1>Sign in</h1></body></html>";
// {"a":1}, compressed.
const char kGzipBytes[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32"
    "\xac\x05\x00\xaf\xac\x1b\x56\x07\x00\x00\x00";
const std::string& Gzip() {
  static const auto* const kGzip = new std::string(kGzipBytes, sizeof(kGzipBytes) - 1);
  return *kGzip;
}

Outcome Wrong(Call call, const char* reason) {
  Outcome outcome = Fails(StatusCode::INTERNAL, reason).Kept();
  return call == Call::kGet ? outcome : std::move(outcome).Spent();
}

void AddOtherTypes(std::vector<Row>* rows) {
  for (const Call call : {Call::kGet, Call::kPost, Call::kChat, Call::kCompletion,
                          Call::kResponse, Call::kMessage}) {
    rows->push_back({"a page with 200", call,
                     Verbatim(Http({"content-type: text/html"}, kPage, Framing::kLength), "keep=1"),
                     Wrong(call, "UNEXPECTED_CONTENT_TYPE")});
  }
  for (const Call call : {Call::kGet, Call::kPost}) {
    rows->push_back({"an event stream instead of a body", call,
                     Verbatim(Http({"content-type: text/event-stream"}, Event(SmallBody(call)),
                                   Framing::kLength),
                              "keep=1"),
                     Wrong(call, "UNEXPECTED_CONTENT_TYPE")});
  }
  for (const Call call : kStreams) {
    rows->push_back({"one body instead of a stream", call,
                     Verbatim(JsonAnswer(SmallBody(Call::kPost)), "keep=1"),
                     Wrong(call, "UNEXPECTED_CONTENT_TYPE")});
  }
}

void AddBadBodies(std::vector<Row>* rows) {
  const auto add = [rows](const char* fault, const std::string& body, const char* reason) {
    for (const Call call : {Call::kGet, Call::kPost}) {
      rows->push_back({fault, call, Verbatim(JsonAnswer(body), "keep=1"), Wrong(call, reason)});
    }
  };
  add("an empty body", "", "EMPTY_BODY");
  add("JSON that ends in the middle", R"({"name":"accounts/)", "MALFORMED_BODY");
  add("JSON that is no object", "[1,2]", "MALFORMED_BODY");
  add("text that is called JSON", "upstream connect error", "MALFORMED_BODY");
  for (const Call call : {Call::kGet, Call::kPost, Call::kChat}) {
    const char* const type =
        IsStream(call) ? "content-type: text/event-stream" : "content-type: application/json";
    rows->push_back(
        {"compressed, which was not asked for", call,
         Verbatim(Http({type, "content-encoding: gzip"}, Gzip(), Framing::kLength), "keep=1"),
         Wrong(call, "UNEXPECTED_CONTENT_TYPE")});
    rows->back().words = "gzip";
    // A stream is ended by its head.
    if (IsStream(call)) rows->back().expected.connections = Connections::kClosed;
  }
}

void AddOddButGood(std::vector<Row>* rows) {
  for (const Call call : {Call::kGet, Call::kPost}) {
    std::string body = SmallBody(call);
    // The second byte of the letter.
    body.erase(body.find("é") + 1, 1);
    Row row{"half a character inside a text", call, Verbatim(JsonAnswer(body), "keep=1"),
            Succeeds().Usage(call == Call::kPost ? "7+2" : "").Kept()};
    row.words = "\xEF\xBF\xBD";
    rows->push_back(std::move(row));
  }
  for (const Call call : {Call::kGet, Call::kPost, Call::kChat}) {
    const std::string whole = IsStream(call) ? StreamAnswer(Join(SmallStream(call)))
                                             : JsonAnswer(SmallBody(call), Framing::kClose);
    Outcome expected = Succeeds().Usage(call == Call::kGet ? "" : "7+2");
    if (IsStream(call)) expected.messages = MessagesOf(call);
    rows->push_back({"interim heads first", call,
                     Verbatim("HTTP/1.1 100 Continue\r\n\r\n"
                              "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + whole),
                     std::move(expected)});
  }
  for (const Call call : {Call::kGet, Call::kPost}) {
    rows->push_back({"no content type", call,
                     Verbatim(Http({}, SmallBody(call), Framing::kLength), "keep=1"),
                     Succeeds().Usage(call == Call::kPost ? "7+2" : "").Kept()});
  }
}

void AddRedirects(std::vector<Row>* rows) {
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const Call call : {Call::kGet, Call::kPost, Call::kChat}) {
      const std::string directives =
          absl::StrCat("status=", status,
                       ";body=text;header=location: /v1/accounts/fireworks/models/chat-small");
      Outcome expected = Fails(StatusCode::UNKNOWN, "UPSTREAM_ERROR").Kept();
      if (call != Call::kGet) expected.pushback = "-1";
      rows->push_back({absl::StrCat("redirect ", status), call, directives, std::move(expected)});
    }
  }
}

}  // namespace

Section WrongAnswers() {
  Section section{"Answers of another kind", {}};
  AddOtherTypes(&section.rows);
  AddBadBodies(&section.rows);
  AddOddButGood(&section.rows);
  AddRedirects(&section.rows);
  return section;
}

}  // namespace fireworks::faults
