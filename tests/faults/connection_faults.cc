// Connections that do not come about, break, or hang before there is an answer.
#include <chrono>

#include "absl/strings/str_cat.h"
#include "tests/faults/scorecard.h"
#include "tests/faults/slow_resolver.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;
using std::chrono::milliseconds;
using Manner = RawPeer::Manner;

constexpr Call kCalls[] = {Call::kGet, Call::kPost, Call::kChat};
constexpr char kRefusal[] =
    "HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\n"
    "content-length: 31\r\n\r\n{\"error\":{\"message\":\"too big\"}}\n";

void ShortConnect(server::Options* options) {
  options->limits.times.connect = milliseconds(100);
}

void ShortFirstEvent(server::Options* options) {
  options->limits.times.first_event = milliseconds(200);
}

void ShortAnswer(server::Options* options) {
  options->limits.times.answer = milliseconds(200);
}

void ShortCall(server::Options* options) {
  options->limits.stream_timeout = milliseconds(300);
}

Row AtPeer(const char* fault, Call call, Manner manner, Outcome expected) {
  Row row{fault, call, {}, std::move(expected)};
  row.peer = manner;
  if (manner != Manner::kRefuses) row.adjust = ShortConnect;
  return row;
}

// A POST that may have been received is not sent again.
Outcome Broken(Call call) {
  Outcome broken = Fails(StatusCode::UNAVAILABLE, "UPSTREAM_RESET");
  return call == Call::kGet ? std::move(broken).Attempts(3) : std::move(broken).Spent();
}

void AddUnreachable(std::vector<Row>* rows) {
  for (const Call call : kCalls) {
    rows->push_back(
        AtPeer("connection refused", call, Manner::kRefuses,
               Fails(StatusCode::UNAVAILABLE, "CONNECT_FAILED").Attempts(3).Requests(0)));
  }
  const auto no_connection = [] {
    return Fails(StatusCode::UNAVAILABLE, "CONNECT_TIMEOUT").Attempts(3).Requests(0);
  };
  for (const Call call : kCalls) {
    Row row{"hang while resolving the name", call, {}, no_connection()};
    row.adjust = [](server::Options* options) {
      ShortConnect(options);
      options->upstream.base_url = absl::StrCat("http://", kSlowName, ":9");
    };
    rows->push_back(std::move(row));
  }
  for (const Call call : kCalls) {
    rows->push_back(AtPeer("hang while connecting", call, Manner::kIsFull, no_connection()));
  }
  for (const Call call : kCalls) {
    Row row = AtPeer("hang in the TLS handshake", call, Manner::kIsSilent, no_connection());
    row.https = true;
    rows->push_back(std::move(row));
  }
}

void AddBroken(std::vector<Row>* rows) {
  for (const Call call : kCalls) {
    rows->push_back({"reset before the head", call, Verbatim("", "reset_after=0"), Broken(call)});
  }
  for (const Call call : kCalls) {
    rows->push_back({"closed before the head", call, Verbatim(""), Broken(call)});
  }
  for (const Call call : kCalls) {
    rows->push_back({"closed in the middle of the head", call,
                     Verbatim("HTTP/1.1 200 OK\r\ncontent-ty"), Broken(call)});
    rows->back().expected.connections = Connections::kHalfClosed;
  }
  for (const Call call : kCalls) {
    Row row{"reused connection dies after it took the request", call, Verbatim(""), Broken(call)};
    row.on_used_connection = true;
    // libcurl repeats a GET by itself then: RFC 9110 §9.2.2 allows it.
    if (call == Call::kGet) row.expected.requests = 4;
    rows->push_back(std::move(row));
  }
  for (const Call call : kCalls) {
    Outcome expected = Fails(StatusCode::INTERNAL, "UPSTREAM_PROTOCOL");
    if (call != Call::kGet) expected.pushback = "-1";
    rows->push_back(
        {"an answer that is not HTTP", call, Verbatim("220 ready\r\n"), std::move(expected)});
  }
}

void AddHanging(std::vector<Row>* rows) {
  const auto add = [rows](const char* fault, Call call, const std::string& directives,
                          const char* reason, auto adjust) {
    Outcome expected = Fails(StatusCode::DEADLINE_EXCEEDED, reason);
    if (call != Call::kGet) expected.pushback = "-1";
    Row row{fault, call, directives, std::move(expected)};
    row.adjust = adjust;
    rows->push_back(std::move(row));
  };
  // Of an upload the time counts from its end: how long it takes is the caller's affair.
  constexpr char kUnread[] = "hang while the request is sent";
  add(kUnread, Call::kBigPost, {}, "FIRST_EVENT_TIMEOUT", ShortFirstEvent);
  rows->back().peer = Manner::kAnswersEarly;
  add(kUnread, Call::kUpload, {}, "CALL_TIMEOUT", ShortCall);
  rows->back().peer = Manner::kAnswersEarly;
  constexpr char kHang[] = "hang before the head";
  for (const Call call : kCalls) {
    add(kHang, call, "hang=headers", "FIRST_EVENT_TIMEOUT", ShortFirstEvent);
  }
  add(kHang, Call::kSmallUpload, "hang=headers", "FIRST_EVENT_TIMEOUT", ShortAnswer);
  add("hang before the head, longer than the call may take", Call::kSmallUpload, "hang=headers",
      "CALL_TIMEOUT", ShortCall);
  for (const Call call : kCalls) {
    add("hang in the middle of the head", call,
        Verbatim("HTTP/1.1 200 OK\r\ncontent-ty", "hang_after=1"), "FIRST_EVENT_TIMEOUT",
        ShortFirstEvent);
  }
}

}  // namespace

Section ConnectionFaults() {
  Section section{"Connections", {}};
  AddUnreachable(&section.rows);
  AddBroken(&section.rows);
  AddHanging(&section.rows);
  for (const Call call : {Call::kBigPost, Call::kUpload}) {
    Row row{"answered before the request is read", call, {},
            Fails(StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR")};
    row.peer = Manner::kAnswersEarly;
    row.peer_answer = kRefusal;
    row.words = "too big";
    section.rows.push_back(std::move(row));
  }
  return section;
}

}  // namespace fireworks::faults
