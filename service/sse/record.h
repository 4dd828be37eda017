// What a parser told its handler, copied so that tests can compare it.
#ifndef FIREWORKS_SERVICE_SSE_RECORD_H_
#define FIREWORKS_SERVICE_SSE_RECORD_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "service/sse/parser.h"

namespace fireworks::sse {

// One call of the handler.
struct Call {
  enum class Kind { kEvent, kComment };

  Kind kind = Kind::kEvent;
  std::string type;
  // A comment's text too.
  std::string data;
  std::string last_event_id;

  bool operator==(const Call& other) const {
    return kind == other.kind && type == other.type && data == other.data &&
           last_event_id == other.last_event_id;
  }
  bool operator!=(const Call& other) const { return !(*this == other); }
};

inline std::ostream& operator<<(std::ostream& out, const Call& call) {
  if (call.kind == Call::Kind::kComment) {
    return out << "comment '" << absl::CEscape(call.data) << "'";
  }
  return out << "event '" << absl::CEscape(call.type) << "' data '" << absl::CEscape(call.data)
             << "' id '" << absl::CEscape(call.last_event_id) << "'";
}

inline Call EventCall(absl::string_view data, absl::string_view type = "",
                      absl::string_view last_event_id = "") {
  return {Call::Kind::kEvent, std::string(type), std::string(data), std::string(last_event_id)};
}

inline Call CommentCall(absl::string_view text) {
  return {Call::Kind::kComment, "", std::string(text), ""};
}

// Everything that can be seen of one stream up to its end.
struct Record {
  std::vector<Call> calls;
  Exceeded exceeded = Exceeded::kNone;
  bool mid_event = false;

  bool operator==(const Record& other) const {
    return calls == other.calls && exceeded == other.exceeded && mid_event == other.mid_event;
  }
};

inline std::ostream& operator<<(std::ostream& out, const Record& record) {
  for (const Call& call : record.calls) out << "\n  " << call;
  return out << "\n  exceeded " << static_cast<int>(record.exceeded) << ", mid-event "
             << record.mid_event;
}

// Keeps every call.
class RecordingHandler : public Handler {
 public:
  void OnEvent(const Event& event) override {
    calls_.push_back(EventCall(event.data, event.type, event.last_event_id));
  }
  void OnComment(absl::string_view comment) override { calls_.push_back(CommentCall(comment)); }

  const std::vector<Call>& calls() const { return calls_; }

 private:
  std::vector<Call> calls_;
};

}  // namespace fireworks::sse

#endif  // FIREWORKS_SERVICE_SSE_RECORD_H_
