#include "tests/simulator/scripted_reply.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/time_stamp.h"

namespace fireworks::simulator {
namespace {

using Clock = std::chrono::steady_clock;

// One write of a repeated answer holds about so many bytes.
constexpr std::size_t kRepeatWriteBytes = 16 << 10;

void Append(const Headers& more, Headers* headers) {
  headers->insert(headers->end(), more.begin(), more.end());
}

// What both kinds of reply share: gates before each event, and the journal.
class ScriptedReply : public Reply {
 public:
  ScriptedReply(const Directives& directives, JournalEntry entry)
      : directives_(directives), entry_(std::move(entry)) {}

  void OnWritten(std::size_t bytes, std::size_t events) override {
    entry_.journal->AddSent(entry_.record, bytes, events);
  }

  void OnEnd(ReplyEnd end) override {
    const RequestState state = end == ReplyEnd::kFinished       ? RequestState::kFinished
                               : end == ReplyEnd::kClientClosed ? RequestState::kClientClosed
                                                                : RequestState::kAborted;
    entry_.journal->Close(entry_.record, state);
  }

 protected:
  // The step that ends the answer after `index` events, if there is one.
  std::optional<Step> Cut(std::size_t index) const {
    if (directives_.close_after && index >= *directives_.close_after) return Step::Close();
    if (directives_.reset_after && index >= *directives_.reset_after) return Step::Reset();
    if (directives_.hang_after && index >= *directives_.hang_after) return Step::Wait();
    return std::nullopt;
  }

  // The step to take instead of sending event number `index`, if there is one.
  std::optional<Step> Gate(std::size_t index) {
    if (std::optional<Step> cut = Cut(index); cut) return cut;
    if (std::optional<Step> wait = Pace(); wait) return wait;
    if (directives_.step && !passed_step_) {
      if (!entry_.journal->TakeCredit(entry_.record)) return Step::Wait();
      passed_step_ = true;
    }
    return std::nullopt;
  }

  // Gate must be passed anew for the next event, which is due a pace from now.
  void Passed() {
    passed_step_ = false;
    due_ = Clock::now() + directives_.pace;
  }

  const Directives& directives() const { return directives_; }

 private:
  std::optional<Step> Pace() const {
    if (directives_.pace.count() == 0 || !due_) return std::nullopt;
    const auto now = Clock::now();
    if (now >= *due_) return std::nullopt;
    return Step::Wait(*due_ - now);
  }

  const Directives directives_;
  const JournalEntry entry_;
  // Unset before the first event, which is not paced.
  std::optional<Clock::time_point> due_;
  // Whether the event that waits has its credit already.
  bool passed_step_ = false;
};

class UnaryReply : public ScriptedReply {
 public:
  UnaryReply(HttpResponse response, const Directives& directives, JournalEntry entry,
             bool keep_alive)
      : ScriptedReply(directives, std::move(entry)) {
    response.headers.emplace_back("content-length", absl::StrCat(response.body.size()));
    if (!keep_alive) response.headers.emplace_back("connection", "close");
    head_ = SerializeHead(response.status, response.headers);
    const bool halves = directives.close_after || directives.reset_after || directives.hang_after;
    const std::size_t cut = halves ? response.body.size() / 2 : response.body.size();
    rest_ = response.body.substr(cut);
    first_ = std::move(response.body);
    first_.resize(cut);
    if (directives.pace.count() > 0) Passed();
  }

  Step Next() override {
    if (directives().hang_headers) return Step::Wait();
    switch (stage_) {
      case Stage::kHead:
        return Head();
      case Stage::kFirst:
        return Part(0, std::move(first_), Stage::kRest);
      case Stage::kRest:
        return Part(1, std::move(rest_), Stage::kDone);
      case Stage::kDone:
        return Step::End();
    }
    return Step::End();
  }

 private:
  enum class Stage { kHead, kFirst, kRest, kDone };

  // The head and an uncut body travel in one write, as real servers send them.
  Step Head() {
    if (directives().hang_after || directives().close_after || directives().reset_after) {
      stage_ = Stage::kFirst;
      return Step::Write(std::move(head_));
    }
    if (std::optional<Step> step = Gate(0); step) return *std::move(step);
    stage_ = Stage::kDone;
    return Step::Write(std::move(head_) + first_, 1);
  }

  Step Part(std::size_t index, std::string bytes, Stage next) {
    if (std::optional<Step> step = Gate(index); step) return *std::move(step);
    stage_ = next;
    Passed();
    return Step::Write(std::move(bytes), 1);
  }

  std::string head_;
  std::string first_;
  std::string rest_;
  Stage stage_ = Stage::kHead;
};

class EventReply : public ScriptedReply {
 public:
  EventReply(Headers headers, std::unique_ptr<EventSource> source, const Directives& directives,
             JournalEntry entry, bool keep_alive)
      : ScriptedReply(directives, std::move(entry)), source_(std::move(source)) {
    headers.emplace_back("content-type", "text/event-stream");
    headers.emplace_back("cache-control", "no-cache");
    headers.emplace_back("transfer-encoding", "chunked");
    if (!keep_alive) headers.emplace_back("connection", "close");
    head_ = SerializeHead(200, headers);
  }

  Step Next() override {
    if (directives().hang_headers) return Step::Wait();
    if (!head_.empty()) return Step::Write(std::exchange(head_, {}));
    if (ended_) return Step::End();
    Fetch();
    if (pending_.empty()) {
      ended_ = true;
      return Step::Write(kLastChunk);
    }
    if (std::optional<Step> step = Gate(sent_); step) return *std::move(step);
    Passed();
    return repeat_ > 1 ? WriteMany() : WriteOne();
  }

 private:
  // Fills `pending_` with the wire form of the next event, if there is one.
  void Fetch() {
    if (!pending_.empty() || last_fetched_) return;
    repeat_ = 1;
    if (directives().error_after && sent_ >= *directives().error_after) {
      last_fetched_ = true;
      const std::string error = source_->Error();
      return Frame(error, source_->name());
    }
    if (const std::optional<std::string> data = source_->Next(); data) {
      repeat_ = source_->repeat();
      return Frame(*data, source_->name());
    }
    last_fetched_ = true;
    if (directives().done && source_->has_done_marker()) Frame("[DONE]", "");
  }

  void Frame(absl::string_view data, absl::string_view name) {
    const absl::string_view end = directives().crlf ? "\r\n" : "\n";
    const std::string name_line = name.empty() ? "" : absl::StrCat("event: ", name, end);
    AppendChunk(absl::StrCat(name_line, "data: ", data, end, end), &pending_);
  }

  Step WriteOne() {
    std::string bytes;
    if (directives().comment_every > 0 && sent_ % directives().comment_every == 0) {
      AppendChunk(directives().crlf ? ": keep-alive\r\n\r\n" : ": keep-alive\n\n", &bytes);
    }
    bytes += std::exchange(pending_, {});
    if (directives().stamp) StampTime(&bytes);
    ++sent_;
    return Step::Write(std::move(bytes), 1);
  }

  Step WriteMany() {
    if (block_.empty()) {
      block_events_ = std::max<std::size_t>(1, directives().blast_bytes / pending_.size());
      for (std::size_t i = 0; i < block_events_; ++i) block_ += pending_;
      left_ = repeat_;
    }
    const std::size_t events = std::min(left_, block_events_);
    std::string bytes = block_.substr(0, events * pending_.size());
    left_ -= events;
    sent_ += events;
    if (left_ == 0) {
      std::string().swap(block_);
      pending_.clear();
    }
    return Step::Write(std::move(bytes), events);
  }

  std::unique_ptr<EventSource> source_;
  // Empty once written.
  std::string head_;
  // The next event, chunk-framed; empty when it must be fetched.
  std::string pending_;
  std::size_t repeat_ = 1;
  std::size_t sent_ = 0;
  // Nothing comes after the event that waits, if one does.
  bool last_fetched_ = false;
  bool ended_ = false;
  // Blast mode: copies of `pending_`, and how many are still to be sent.
  std::string block_;
  std::size_t block_events_ = 0;
  std::size_t left_ = 0;
};

// Bytes that a test has made, a broken answer most often.
class VerbatimReply : public ScriptedReply {
 public:
  VerbatimReply(const Directives& directives, JournalEntry entry)
      : ScriptedReply(directives, std::move(entry)),
        bytes_(directives.head),
        left_(directives.repeat) {
    if (directives.piece > 0) Refill(left_);
  }

  Step Next() override {
    if (std::optional<Step> cut = Cut(sent_); cut) return *std::move(cut);
    if (bytes_.empty()) Refill(kRepeatWriteBytes / (directives().answer->size() + 1) + 1);
    if (bytes_.empty()) return directives().keep ? Step::End() : Step::Close();
    if (std::optional<Step> step = Gate(sent_); step) return *std::move(step);
    Passed();
    ++sent_;
    return Step::Write(Take(), 1);
  }

 private:
  // Adds the answer at most `times` times.
  void Refill(std::size_t times) {
    for (times = std::min(times, left_); times > 0; --times, --left_) {
      bytes_ += *directives().answer;
    }
  }

  std::string Take() {
    const std::size_t piece = directives().piece;
    if (piece == 0 || bytes_.size() <= piece) return std::exchange(bytes_, {});
    std::string taken = bytes_.substr(0, piece);
    bytes_.erase(0, piece);
    return taken;
  }

  // What is to be sent next, and how often the answer follows it.
  std::string bytes_;
  std::size_t left_;
  std::size_t sent_ = 0;
};

}  // namespace

std::unique_ptr<Reply> MakeUnaryReply(HttpResponse response, const Directives& directives,
                                      JournalEntry entry, bool keep_alive) {
  if (directives.answer) {
    return std::make_unique<VerbatimReply>(directives, std::move(entry));
  }
  Append(directives.headers, &response.headers);
  return std::make_unique<UnaryReply>(std::move(response), directives, std::move(entry),
                                      keep_alive);
}

std::unique_ptr<Reply> MakeEventReply(Headers headers, std::unique_ptr<EventSource> source,
                                      const Directives& directives, JournalEntry entry,
                                      bool keep_alive) {
  if (directives.answer) {
    return std::make_unique<VerbatimReply>(directives, std::move(entry));
  }
  Append(directives.headers, &headers);
  return std::make_unique<EventReply>(std::move(headers), std::move(source), directives,
                                      std::move(entry), keep_alive);
}

}  // namespace fireworks::simulator
