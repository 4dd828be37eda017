// Answers that stop before their end. cut_test.cc tries every byte.
#include <chrono>

#include "tests/faults/scorecard.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;
using std::chrono::milliseconds;

constexpr Call kUnary[] = {Call::kGet, Call::kPost};

void ShortIdle(server::Options* options) { options->limits.times.idle = milliseconds(200); }

void ShortFirstEvent(server::Options* options) {
  options->limits.times.first_event = milliseconds(200);
}

void ShortCall(server::Options* options) {
  options->limits.management_timeout = milliseconds(300);
  options->limits.inference_timeout = milliseconds(300);
  options->limits.stream_timeout = milliseconds(300);
}

void AddUnary(std::vector<Row>* rows) {
  const auto expected = [](Call call) {
    return call == Call::kGet ? Fails(StatusCode::UNAVAILABLE, "BODY_TRUNCATED").Attempts(3)
                              : Fails(StatusCode::DATA_LOSS, "BODY_TRUNCATED").Spent();
  };
  for (const Framing framing : {Framing::kLength, Framing::kChunked}) {
    const char* const fault = framing == Framing::kLength ? "body cut, by its length"
                                                          : "body cut inside a chunk";
    for (const Call call : kUnary) {
      std::string answer = JsonAnswer(SmallBody(call), framing);
      answer.resize(answer.size() - 10);
      rows->push_back({fault, call, Verbatim(answer), expected(call)});
    }
  }
  for (const Call call : kUnary) {
    std::string answer = JsonAnswer(SmallBody(call));
    answer.resize(answer.size() - 10);
    rows->push_back({"reset in the middle of the body", call, Verbatim(answer, "reset_after=1"),
                     expected(call)});
  }
  for (const Call call : kUnary) {
    Row row{"silence in the middle of the body", call, "hang_after=1", expected(call).Attempts(1)};
    row.adjust = ShortIdle;
    rows->push_back(std::move(row));
  }
}

// Bodies that come a byte at a time.
void AddDrip(std::vector<Row>* rows) {
  for (const Call call : kUnary) {
    Outcome expected = Fails(StatusCode::DEADLINE_EXCEEDED, "CALL_TIMEOUT");
    if (call == Call::kPost) expected = std::move(expected).Spent();
    rows->push_back({"a byte a second, longer than the call may take", call,
                     Verbatim(JsonAnswer(SmallBody(call)), "piece=1;pace_ms=1000"),
                     std::move(expected), ShortCall});
  }
  for (const Call call : kUnary) {
    rows->push_back({"byte by byte", call,
                     Verbatim(JsonAnswer(SmallBody(call)), "piece=1;keep=1"),
                     call == Call::kPost ? Succeeds().Usage("7+2").Kept() : Succeeds().Kept()});
  }
}

// Streams, whose first event has arrived.
void AddStream(Call call, std::vector<Row>* rows) {
  const std::vector<std::string> events = SmallStream(call);
  const std::string first = events[0];
  const std::string half = first + events[1].substr(0, events[1].size() / 2);
  const std::string letter = first.substr(0, first.find("é") + 1);
  const auto lost = [](const char* reason) { return Fails(StatusCode::DATA_LOSS, reason).Spent(); };
  const auto add = [&](const char* fault, const std::string& directives, Outcome expected) {
    rows->push_back({fault, call, directives, std::move(expected)});
  };
  add("closed after the head", Verbatim(StreamAnswer("")),
      Fails(StatusCode::UNAVAILABLE, "STREAM_TRUNCATED").Spent());
  add("closed between events", Verbatim(StreamAnswer(first)), lost("STREAM_TRUNCATED").Messages(1));
  add("closed in the middle of an event", Verbatim(StreamAnswer(half)),
      lost("STREAM_TRUNCATED").Messages(1));
  add("closed inside a character", Verbatim(StreamAnswer(letter)),
      Fails(StatusCode::UNAVAILABLE, "STREAM_TRUNCATED").Spent());
  std::string chunked = StreamAnswer(Join(events), Framing::kChunked);
  chunked.resize(chunked.find(first) + first.size() / 2);
  add("closed inside a chunk", Verbatim(chunked),
      Fails(StatusCode::UNAVAILABLE, "STREAM_TRUNCATED").Spent());
  const auto stalled = [&](const char* fault, const std::string& body) {
    add(fault, Verbatim(StreamAnswer(body), "hang_after=1"), lost("STREAM_STALLED").Messages(1));
    rows->back().adjust = ShortIdle;
  };
  add("silence after the head", Verbatim(StreamAnswer(""), "hang_after=1"),
      Fails(StatusCode::DEADLINE_EXCEEDED, "FIRST_EVENT_TIMEOUT").Spent());
  rows->back().adjust = ShortFirstEvent;
  add("silence after the head, longer than events may be apart",
      Verbatim(StreamAnswer(""), "hang_after=1"),
      Fails(StatusCode::UNAVAILABLE, "STREAM_STALLED").Spent());
  rows->back().adjust = ShortIdle;
  stalled("silence between events", first);
  stalled("silence in the middle of an event", half);
  add("a byte a second, longer than the call may take",
      Verbatim(StreamAnswer(Join(events)), "piece=1;pace_ms=1000"),
      Fails(StatusCode::DEADLINE_EXCEEDED, "CALL_TIMEOUT").Spent());
  rows->back().adjust = ShortCall;
}

// The same for an answer that is complete.
void AddComplete(Call call, std::vector<Row>* rows) {
  const std::vector<std::string> events = SmallStream(call);
  const std::size_t messages = MessagesOf(call);
  const std::string complete = StreamAnswer(Join(events, messages));
  const auto whole = [&] { return Succeeds().Messages(messages).Usage("7+2"); };
  rows->push_back({"byte by byte", call, Verbatim(StreamAnswer(Join(events)), "piece=1"), whole()});
  rows->push_back({"closed when the answer is complete", call, Verbatim(complete), whole()});
  Row silent{"silence when the answer is complete", call, Verbatim(complete, "hang_after=1"),
             whole()};
  silent.adjust = ShortIdle;
  rows->push_back(std::move(silent));
}

}  // namespace

Section CutAnswers() {
  Section section{"Answers that stop", {}};
  AddUnary(&section.rows);
  AddDrip(&section.rows);
  for (const Call call : kStreams) {
    AddStream(call, &section.rows);
    AddComplete(call, &section.rows);
  }
  return section;
}

}  // namespace fireworks::faults
