#include "service/sse/reference_parser.h"

#include <cstddef>
#include <string>
#include <vector>

namespace fireworks::sse {
namespace {

struct Lines {
  std::vector<std::string> complete;
  std::string unfinished;
};

Lines SplitLines(const std::string& text) {
  Lines lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      lines.unfinished += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    lines.complete.push_back(lines.unfinished);
    lines.unfinished.clear();
  }
  return lines;
}

// The buffers of the standard, by its names.
class Interpreter {
 public:
  explicit Interpreter(const Limits& limits) : limits_(limits) {}

  void ProcessLine(const std::string& line) {
    if (line.empty()) return DispatchEvent();
    if (line[0] == ':') return record_.calls.push_back(CommentCall(line.substr(1)));
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return ProcessField(line, "");
    std::string value = line.substr(colon + 1);
    if (value[0] == ' ') value.erase(0, 1);
    ProcessField(line.substr(0, colon), value);
  }

  void Exceed(Exceeded cap) {
    record_.exceeded = cap;
    record_.mid_event = true;
  }

  bool exceeded() const { return record_.exceeded != Exceeded::kNone; }

  Record End(const std::string& unfinished) {
    if (!data_buffer_.empty() || !event_type_buffer_.empty()) record_.mid_event = true;
    if (!unfinished.empty() && unfinished[0] != ':') record_.mid_event = true;
    return record_;
  }

 private:
  void ProcessField(const std::string& name, const std::string& value) {
    if (name == "event") event_type_buffer_ = value;
    if (name == "data") {
      data_buffer_ += value + "\n";
      if (data_buffer_.size() - 1 > limits_.max_event_bytes) Exceed(Exceeded::kEvent);
    }
    if (name == "id" && value.find('\0') == std::string::npos) last_event_id_buffer_ = value;
  }

  void DispatchEvent() {
    if (!data_buffer_.empty()) {
      data_buffer_.pop_back();
      record_.calls.push_back(EventCall(data_buffer_, event_type_buffer_, last_event_id_buffer_));
    }
    data_buffer_.clear();
    event_type_buffer_.clear();
  }

  const Limits limits_;
  std::string data_buffer_;
  std::string event_type_buffer_;
  std::string last_event_id_buffer_;
  Record record_;
};

}  // namespace

Record ReferenceParse(const std::string& text, const Limits& limits) {
  const std::string bom = "\xEF\xBB\xBF";
  const bool has_bom = text.compare(0, 3, bom) == 0;
  const Lines lines = SplitLines(has_bom ? text.substr(3) : text);
  Interpreter interpreter(limits);
  for (const std::string& line : lines.complete) {
    if (line.size() > limits.max_line_bytes) interpreter.Exceed(Exceeded::kLine);
    if (!interpreter.exceeded()) interpreter.ProcessLine(line);
    if (interpreter.exceeded()) return interpreter.End("");
  }
  // The beginning of a byte order mark is no line until more bytes say so.
  const bool undecided = text.size() < bom.size() && bom.compare(0, text.size(), text) == 0;
  if (!undecided && lines.unfinished.size() > limits.max_line_bytes) {
    interpreter.Exceed(Exceeded::kLine);
  }
  return interpreter.End(lines.unfinished);
}

}  // namespace fireworks::sse
