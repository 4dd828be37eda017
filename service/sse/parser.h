// An incremental parser for Server-Sent Events (WHATWG HTML 9.2.5 and 9.2.6).
//
// Feed bytes in pieces of any size; a handler is told of each complete event.
// The pieces' boundaries never show: the same bytes give the same events. An
// event that the stream's end cuts off is dropped, as the standard says.
//
// Thread-compatible: one thread at a time. The parser allocates only when an
// event spans pieces, has several data lines, or mixes line ends.
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
  // A comment line, such as a keep-alive. Default: nothing.
  virtual void OnComment(absl::string_view /*comment*/) {}
};

// Caps against an upstream that never ends a line or an event.
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

  // Whether bytes of an unfinished event are held: at the stream's end this
  // tells that its last event was cut.
  bool mid_event() const;
