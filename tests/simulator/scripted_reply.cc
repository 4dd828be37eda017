#include "tests/simulator/scripted_reply.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

using Clock = std::chrono::steady_clock;

// One write of blast mode holds about so many bytes.
constexpr std::size_t kBlastWriteBytes = 16 << 10;

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
  // The step to take instead of sending event number `index`, if there is one.
  std::optional<Step> Gate(std::size_t index) {
    if (directives_.close_after && index >= *directives_.close_after) return Step::Close();
    if (directives_.reset_after && index >= *directives_.reset_after) return Step::Reset();
    if (directives_.hang_after && index >= *directives_.hang_after) return Step::Wait();
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
    if (!pending_.empty()) return;
    std::optional<std::string> data = source_->Next();
    repeat_ = source_->repeat();
    if (!data) {
      if (!directives().done || done_sent_) return;
      done_sent_ = true;
      repeat_ = 1;
      data = "[DONE]";
    }
    const absl::string_view end = directives().crlf ? "\r\n" : "\n";
    AppendChunk(absl::StrCat("data: ", *data, end, end), &pending_);
  }

  Step WriteOne() {
    std::string bytes;
    if (directives().comment_every > 0 && sent_ % directives().comment_every == 0) {
      AppendChunk(directives().crlf ? ": keep-alive\r\n\r\n" : ": keep-alive\n\n", &bytes);
    }
    bytes += std::exchange(pending_, {});
    ++sent_;
    return Step::Write(std::move(bytes), 1);
  }

  Step WriteMany() {
    if (block_.empty()) {
      block_events_ = std::max<std::size_t>(1, kBlastWriteBytes / pending_.size());
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
  bool done_sent_ = false;
  bool ended_ = false;
  // Blast mode: copies of `pending_`, and how many are still to be sent.
  std::string block_;
  std::size_t block_events_ = 0;
  std::size_t left_ = 0;
};

}  // namespace

std::unique_ptr<Reply> MakeUnaryReply(HttpResponse response, const Directives& directives,
                                      JournalEntry entry, bool keep_alive) {
  return std::make_unique<UnaryReply>(std::move(response), directives, std::move(entry),
                                      keep_alive);
}

std::unique_ptr<Reply> MakeEventReply(Headers headers, std::unique_ptr<EventSource> source,
                                      const Directives& directives, JournalEntry entry,
                                      bool keep_alive) {
  return std::make_unique<EventReply>(std::move(headers), std::move(source), directives,
                                      std::move(entry), keep_alive);
}

}  // namespace fireworks::simulator
