// Too much of everything: none of it may cost memory beyond its limit.
#include "absl/strings/str_cat.h"
#include "tests/faults/scorecard.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;

constexpr Call kCalls[] = {Call::kGet, Call::kPost, Call::kChat};
constexpr std::size_t kBodyLimit = 1 << 20;
constexpr std::size_t kEventLimit = 64 << 10;
// What two sockets and a read buffer may hold beyond a limit.
constexpr std::size_t kSocketSlack = 32 << 20;
// 4 KiB that are sent again and again.
constexpr std::size_t kPieceBytes = 4 << 10;
constexpr int kManyPieces = 16 << 10;  // 64 MiB

void SmallLimits(server::Options* options) {
  options->limits.max_response_bytes = kBodyLimit;
  options->limits.max_event_bytes = kEventLimit;
}

std::string JsonHead() {
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
}

std::string StreamHead() { return StreamAnswer(""); }

// One member of a gzip stream: 1 MiB of zeros in 1051 bytes. Members add up.
std::string GzipOfZeros() {
  static const char kBegin[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00"
      "\x00\xc2\xa0\xf5\x4f\x6d\x08\x5f\xa0";
  static const char kEnd[] = "\x3e\x03\x1c\xea\x38\xa7\x00\x00\x10\x00";
  return std::string(kBegin, sizeof(kBegin) - 1) + std::string(1016, '\0') +
         std::string(kEnd, sizeof(kEnd) - 1);
}

Outcome TooMuch(Call call, const char* reason) {
  Outcome outcome = Fails(StatusCode::RESOURCE_EXHAUSTED, reason);
  return call == Call::kGet ? outcome : std::move(outcome).Spent();
}

Row Large(const char* fault, Call call, const std::string& directives, Outcome expected) {
  Row row{fault, call, directives, std::move(expected)};
  row.adjust = SmallLimits;
  row.max_bytes_sent = kBodyLimit + kSocketSlack;
  return row;
}

void AddBodies(std::vector<Row>* rows) {
  const std::string piece(kPieceBytes, ' ');
  for (const Call call : {Call::kGet, Call::kPost}) {
    rows->push_back(Large("a body beyond the limit", call, Repeated(JsonHead(), piece, kManyPieces),
                          TooMuch(call, "BODY_TOO_LARGE")));
  }
  for (const Call call : {Call::kGet, Call::kPost}) {
    rows->push_back(Large(
        "the same, announced by its length", call,
        Repeated("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                 "content-length: 67108864\r\n\r\n",
                 piece, kManyPieces),
        TooMuch(call, "BODY_TOO_LARGE")));
  }
  for (const Call call : kCalls) {
    rows->push_back(Large("an error body beyond the limit", call,
                          Repeated("HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\n"
                                   "connection: close\r\n\r\n",
                                   std::string(kPieceBytes, 'x'), kManyPieces),
                          Fails(StatusCode::NOT_FOUND, "UPSTREAM_ERROR")));
  }
  for (const Call call : kCalls) {
    rows->push_back(
        Large("heads beyond the limit", call,
              Repeated("HTTP/1.1 200 OK\r\n",
                       absl::StrCat("x-more: ", std::string(kPieceBytes, 'x'), "\r\n"),
                       kManyPieces),
              TooMuch(call, "HEADERS_TOO_LARGE")));
  }
  for (const Call call : {Call::kGet, Call::kPost}) {
    rows->push_back(Large("JSON nested too deeply", call,
                          Repeated(JsonHead(), R"({"name":)", 10'000),
                          Fails(StatusCode::RESOURCE_EXHAUSTED, "JSON_TOO_DEEP")));
    if (call == Call::kPost) rows->back().expected.pushback = "-1";
  }
}

void AddBombs(std::vector<Row>* rows) {
  for (const Call call : kCalls) {
    const char* const type = IsStream(call) ? "text/event-stream" : "application/json";
    Outcome expected = Fails(StatusCode::INTERNAL, "UNEXPECTED_CONTENT_TYPE");
    if (call != Call::kGet) expected.pushback = "-1";
    // 512 MiB, unpacked.
    rows->push_back(Large("a decompression bomb", call,
                          Repeated(absl::StrCat("HTTP/1.1 200 OK\r\ncontent-type: ", type,
                                                "\r\ncontent-encoding: gzip\r\n"
                                                "connection: close\r\n\r\n"),
                                   GzipOfZeros(), 512),
                          std::move(expected)));
  }
}

void AddStreams(std::vector<Row>* rows) {
  const std::string letters(kPieceBytes, 'x');
  for (const Call call : kStreams) {
    rows->push_back(Large("a line without end", call,
                          Repeated(StreamHead() + "data: ", letters, kManyPieces),
                          TooMuch(call, "LINE_TOO_LONG")));
    rows->push_back(Large("an event without end", call,
                          Repeated(StreamHead(), absl::StrCat("data: ", letters, "\n"),
                                   kManyPieces),
                          TooMuch(call, "EVENT_TOO_LARGE")));
  }
  for (const Call call : kStreams) {
    const std::string event = SmallStream(call)[0];
    constexpr int kEvents = 20'000;
    Row row{"a flood of events, and no end", call, Repeated(StreamHead(), event, kEvents),
            Fails(StatusCode::DATA_LOSS, "STREAM_TRUNCATED").Messages(kEvents).Spent()};
    rows->push_back(std::move(row));
  }
}

}  // namespace

Section SizeFaults() {
  Section section{"Sizes", {}};
  AddBodies(&section.rows);
  AddBombs(&section.rows);
  AddStreams(&section.rows);
  return section;
}

}  // namespace fireworks::faults
