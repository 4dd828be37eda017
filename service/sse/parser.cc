#include "service/sse/parser.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace fireworks::sse {
namespace {

constexpr absl::string_view kBom = "\xEF\xBB\xBF";

// Finds line ends in one piece. Each byte is looked at once for CR and once for
// LF, however the two are mixed: the next of each kind is remembered until the
// position has passed it.
class LineEnds {
 public:
  // `bytes` is not empty.
  explicit LineEnds(absl::string_view bytes)
      : end_(bytes.data() + bytes.size()),
        cr_(Search('\r', bytes.data())),
        lf_(Search('\n', bytes.data())) {}

  // The first line end at or behind `position`, or the piece's end. Positions
  // must not decrease from call to call.
  const char* Next(const char* position) {
    if (cr_ < position) cr_ = Search('\r', position);
    if (lf_ < position) lf_ = Search('\n', position);
    return cr_ < lf_ ? cr_ : lf_;
  }

 private:
  const char* Search(char wanted, const char* from) const {
    const void* found = std::memchr(from, wanted, static_cast<std::size_t>(end_ - from));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  const char* const end_;
  const char* cr_;
  const char* lf_;
};

absl::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

Parser::Parser(Handler* handler, const Limits& limits) : handler_(handler), limits_(limits) {}

absl::Status Parser::Feed(absl::string_view bytes) {
  if (exceeded_ != Exceeded::kNone) return ExceededStatus();
  if (!bom_settled_) ConsumeBom(&bytes);
  if (bytes.empty()) return absl::OkStatus();

  const char* position = bytes.data();
  const char* const end = position + bytes.size();
  LineEnds line_ends(bytes);
  while (true) {
    if (skip_lf_ && position != end) {
      skip_lf_ = false;
      if (*position == '\n') ++position;
    }
    const char* const line_end = line_ends.Next(position);
    if (line_end == end) break;
    if (!FinishLine(Between(position, line_end))) return ExceededStatus();
    skip_lf_ = *line_end == '\r';
    position = line_end + 1;
  }
  return HoldUnfinished(Between(position, end)) ? absl::OkStatus() : ExceededStatus();
}

bool Parser::mid_event() const {
  if (exceeded_ != Exceeded::kNone || has_data_ || !type_.view.empty()) return true;
  if (!bom_settled_) return bom_bytes_ > 0;
  return !line_.empty() && line_.front() != ':';
}

void Parser::Text::Keep() {
  if (view.data() == storage.data()) return;
  storage.assign(view.data(), view.size());
  view = storage;
}

void Parser::Text::AppendLine(absl::string_view line) {
  Keep();
  storage.push_back('\n');
  storage.append(line.data(), line.size());
  view = storage;
}

void Parser::ConsumeBom(absl::string_view* bytes) {
  while (!bytes->empty() && !bom_settled_) {
    if (bytes->front() == kBom[bom_bytes_]) {
      bytes->remove_prefix(1);
      bom_settled_ = ++bom_bytes_ == kBom.size();
    } else {
      line_.assign(kBom.data(), bom_bytes_);
      bom_settled_ = true;
    }
  }
}

bool Parser::FinishLine(absl::string_view bytes) {
  if (line_.size() + bytes.size() > limits_.max_line_bytes) {
    exceeded_ = Exceeded::kLine;
    return false;
  }
  if (line_.empty()) return Interpret(bytes);
  line_.append(bytes.data(), bytes.size());
  if (!Interpret(line_)) return false;
  type_.Keep();
  data_.Keep();
  line_.clear();
  return true;
}

bool Parser::HoldUnfinished(absl::string_view bytes) {
  if (line_.size() + bytes.size() > limits_.max_line_bytes) {
    exceeded_ = Exceeded::kLine;
    return false;
  }
  type_.Keep();
  data_.Keep();
  line_.append(bytes.data(), bytes.size());
  return true;
}

bool Parser::Interpret(absl::string_view line) {
  if (line.empty()) {
    Dispatch();
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) {
    handler_->OnComment(line.substr(1));
    return true;
  }
  const absl::string_view field = line.substr(0, colon);
  absl::string_view value;
  if (colon != absl::string_view::npos) {
    value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  }
  if (field == "data") return AddData(value);
  if (field == "event") {
    type_.view = value;
  } else if (field == "id") {
    if (value.find('\0') == absl::string_view::npos) {
      last_event_id_.assign(value.data(), value.size());
    }
  }
  // `retry` steers a client that reconnects, which we never do; the standard
  // has other fields ignored.
  return true;
}

bool Parser::AddData(absl::string_view value) {
  const std::size_t joined = has_data_ ? data_.view.size() + 1 + value.size() : value.size();
  if (joined > limits_.max_event_bytes) {
    exceeded_ = Exceeded::kEvent;
    return false;
  }
  if (has_data_) {
    data_.AppendLine(value);
  } else {
    data_.view = value;
    has_data_ = true;
  }
  return true;
}

void Parser::Dispatch() {
  if (has_data_) handler_->OnEvent(Event{type_.view, data_.view, last_event_id_});
  has_data_ = false;
  type_.view = {};
  data_.view = {};
}

absl::Status Parser::ExceededStatus() const {
  if (exceeded_ == Exceeded::kLine) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a line of the event stream is longer than ", limits_.max_line_bytes,
                     " bytes"));
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "an event of the stream has more than ", limits_.max_event_bytes, " bytes of data"));
}

}  // namespace fireworks::sse
