// An incremental parser for Server-Sent Events (WHATWG HTML 9.2.5 and 9.2.6).
//
// Feed bytes in pieces of any size; a handler is told of each complete event.
// The pieces' boundaries never show: the same bytes give the same events. An
// event that the stream's end cuts off is dropped, as the standard says.
//
// Bytes are passed on as they came: UTF-8 is not checked, and a NUL in data is
// kept. Thread-compatible: one thread at a time. The parser allocates only when
// an event or a line spans pieces, has several data lines, or sets a longer id.
#ifndef FIREWORKS_SERVICE_SSE_PARSER_H_
#define FIREWORKS_SERVICE_SSE_PARSER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fireworks::sse {

// One event. All views are valid only until the handler returns.
struct Event {
  // The `event` field; empty when the stream gave none (WHATWG: "message").
  absl::string_view type;
  // The `data` lines joined by LF.
  absl::string_view data;
  // The last `id` of the stream so far.
  absl::string_view last_event_id;
};

// Receives what the parser finds, in stream order.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnEvent(const Event& event) = 0;
  // A comment line, such as a keep-alive: what follows its colon, valid only
  // until the handler returns. Default: nothing.
  virtual void OnComment(absl::string_view /*comment*/) {}
};

// Caps against an upstream that never ends a line or an event. What a parser
// holds stays within a small multiple of their sum.
struct Limits {
  // Bytes of one line, without its end.
  std::size_t max_line_bytes = 4 << 20;
  // Bytes of one event's joined data.
  std::size_t max_event_bytes = 8 << 20;
};

// Which cap a RESOURCE_EXHAUSTED status of Feed means.
enum class Exceeded { kNone, kLine, kEvent };

class Parser {
 public:
  // `handler` must outlive the parser.
  explicit Parser(Handler* handler, const Limits& limits = {});

  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Parses the next bytes of the stream and calls the handler. Returns
  // RESOURCE_EXHAUSTED when a cap is passed; the parser is then dead and
  // returns the same status for all that follows. The handler must not call
  // Feed.
  absl::Status Feed(absl::string_view bytes);

  // The cap that was passed, if one was.
  Exceeded exceeded() const { return exceeded_; }

  // Whether the stream's end, if it came now, would cut an event: since the
  // last blank line there was data or a type, or a line that is no comment is
  // unfinished. True after an error.
  bool mid_event() const;

 private:
  // Text of the event that is being built: a view into the piece while the
  // piece lasts, into `storage` when it has to live longer.
  struct Text {
    absl::string_view view;
    std::string storage;

    // Makes the view outlive the piece.
    void Keep();
    // Adds a line, behind a LF.
    void AppendLine(absl::string_view line);
  };

  // Takes the stream's leading BOM, or the part of it that is there, from
  // `bytes`. What turns out to be no BOM goes to line_.
  void ConsumeBom(absl::string_view* bytes);
  // Takes a line's last bytes, which follow those in line_. False: a cap was
  // passed; so too below.
  bool FinishLine(absl::string_view bytes);
  // Takes a piece's last bytes, in which no line ends.
  bool HoldUnfinished(absl::string_view bytes);
  bool Interpret(absl::string_view line);
  bool AddData(absl::string_view value);
  void Dispatch();
  absl::Status ExceededStatus() const;

  Handler* const handler_;
  const Limits limits_;
  Exceeded exceeded_ = Exceeded::kNone;

  // How much of a leading BOM has been seen, until that is settled.
  std::size_t bom_bytes_ = 0;
  bool bom_settled_ = false;
  // The last byte was a CR: a LF that follows belongs to it.
  bool skip_lf_ = false;
  // A `data` field was seen, perhaps an empty one.
  bool has_data_ = false;
  Text type_;
  Text data_;
  std::string last_event_id_;
  // The unfinished line that earlier pieces began.
  std::string line_;
};

}  // namespace fireworks::sse

#endif  // FIREWORKS_SERVICE_SSE_PARSER_H_
