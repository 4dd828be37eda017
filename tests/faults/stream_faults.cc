// Streams that are framed oddly, lack parts, or tell of a failure.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/faults/scorecard.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;

// Rows of one protocol: its stream, with something done to it.
class Rows {
 public:
  Rows(Call call, std::vector<Row>* rows)
      : call_(call), events_(SmallStream(call)), messages_(MessagesOf(call)), rows_(rows) {}

  void Add() {
    AddFramings();
    AddGaps();
    AddFailures();
    AddBadEvents();
  }

 private:
  void Try(const char* fault, const std::string& body, Outcome expected) {
    rows_->push_back({fault, call_, Verbatim(StreamAnswer(body)), std::move(expected)});
  }

  Outcome Whole(std::size_t more = 0) const {
    return Succeeds().Messages(messages_ + more).Usage("7+2");
  }

  // All that differs in bytes and is the same stream.
  void AddFramings() {
    const std::string whole = Join(events_);
    Try("lines end with CRLF", absl::StrReplaceAll(whole, {{"\n", "\r\n"}}), Whole());
    Try("lines end with CR", absl::StrReplaceAll(whole, {{"\n", "\r"}}), Whole());
    Try("a byte order mark first", absl::StrCat("\xEF\xBB\xBF", whole), Whole());
    Try("comments between events",
        absl::StrCat(": a\n\n", events_[0], ":\n: b\n", Join({events_.begin() + 1, events_.end()})),
        Whole());
    Try("events without data",
        absl::StrCat("event: ping\n\n", events_[0], "id: 7\nretry: 10\n\n",
                     Join({events_.begin() + 1, events_.end()})),
        Whole());
    rows_->push_back({"chunked, and kept alive", call_,
                      Verbatim(StreamAnswer(whole, Framing::kChunked), "keep=1"), Whole().Kept()});
  }

  void AddGaps() {
    const std::string finish = events_[messages_ - 1];
    Try("no last event", Join(events_, messages_ - 1),
        Fails(StatusCode::DATA_LOSS, "STREAM_TRUNCATED").Messages(messages_ - 1).Spent());
    if (call_ == Call::kMessage) rows_->back().expected.usage = "7+2";
    Try("the last event only", finish, Whole());
    rows_->back().expected.messages = 1;
    if (call_ == Call::kMessage) rows_->back().expected.usage = "";
    if (call_ == Call::kMessage) {
      Try("an event named ping", absl::StrCat(Event(R"({"type":"ping"})", "ping"), Join(events_)),
          Whole(1));
    }
    if (messages_ == events_.size()) {
      Try("more after the last event", absl::StrCat(Join(events_), events_[0]), Whole());
      return;
    }
    Try("the end marker without a finish reason", absl::StrCat(events_[0], events_.back()),
        Fails(StatusCode::DATA_LOSS, "STREAM_TRUNCATED").Messages(1).Spent());
    Try("the end marker alone", events_.back(),
        Fails(StatusCode::UNAVAILABLE, "STREAM_TRUNCATED").Spent());
    Try("more after the end marker", absl::StrCat(Join(events_), events_[0]), Whole());
    Try("the finish reason twice", absl::StrCat(events_[0], finish, finish, events_.back()),
        Whole(1));
    Try("an event without choices",
        absl::StrCat(events_[0], Event(R"({"choices":[],"usage":null})"), finish, events_.back()),
        Whole(1));
  }

  void AddFailures() {
    const Outcome limited =
        Fails(StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR").Messages(1).Spent();
    const std::string error = R"({"error":{"code":"too_many_requests","message":"slow down"}})";
    Try("an error object", absl::StrCat(events_[0], Event(error)), limited);
    rows_->back().words = "slow down";
    Try("an error object first", Event(error),
        Fails(StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR").Spent());
    Try("an event named error",
        absl::StrCat(events_[0],
                     Event(R"({"type":"error","error":{"type":"overloaded_error",)"
                           R"("message":"too busy"}})",
                           "error")),
        Fails(StatusCode::UNAVAILABLE, "UPSTREAM_ERROR").Messages(1).Spent());
    rows_->back().words = "too busy";
    if (call_ == Call::kResponse) {
      AddResponseEnds();
    } else if (call_ != Call::kMessage) {
      const std::string failed =
          R"({"choices":[{"index":0,"finish_reason":"error"}]})";
      Try("finish reason error", absl::StrCat(events_[0], Event(failed), events_.back()),
          Fails(StatusCode::INTERNAL, "GENERATION_FAILED").Messages(2).Spent());
    }
  }

  void AddResponseEnds() {
    Try("response.failed",
        absl::StrCat(events_[0],
                     Event(R"({"type":"response.failed","response":{"error":)"
                           R"({"code":"server_error","message":"it broke"}}})")),
        Fails(StatusCode::INTERNAL, "UPSTREAM_ERROR").Messages(2).Spent());
    rows_->back().words = "it broke";
    Try("response.cancelled",
        absl::StrCat(events_[0], Event(R"({"type":"response.cancelled","response":{}})")),
        Fails(StatusCode::ABORTED, "GENERATION_CANCELLED").Messages(2).Spent());
    Try("response.incomplete",
        absl::StrCat(events_[0], Event(R"({"type":"response.incomplete","response":{}})")),
        Succeeds().Messages(2));
  }

  void AddBadEvents() {
    for (const char* data : {"hello", "[1]", "{\"id\":"}) {
      Try("an event that is no JSON object", absl::StrCat(events_[0], Event(data)),
          Fails(StatusCode::DATA_LOSS, "MALFORMED_EVENT").Messages(1).Spent());
      rows_->back().fault += absl::StrCat(": `", data, "`");
    }
    std::string broken = Join(events_);
    broken.erase(broken.find("é") + 1, 1);
    Try("half a character inside a text", broken, Whole());
    if (call_ == Call::kChat) rows_->back().words = "one \xEF\xBF\xBD";
  }

  const Call call_;
  const std::vector<std::string> events_;
  const std::size_t messages_;
  std::vector<Row>* const rows_;
};

}  // namespace

Section StreamFaults() {
  Section section{"Streams", {}};
  for (const Call call : kStreams) Rows(call, &section.rows).Add();
  return section;
}

}  // namespace fireworks::faults
