// Builds the head of an answer from the lines that libcurl hands over.
#ifndef FIREWORKS_SERVICE_UPSTREAM_HEAD_PARSER_H_
#define FIREWORKS_SERVICE_UPSTREAM_HEAD_PARSER_H_

#include <utility>

#include "absl/strings/string_view.h"
#include "service/upstream/exchange.h"

namespace fireworks::upstream {

// Whether a 2xx answer with this head is a stream of events: its media type is
// text/event-stream, in any case and with any parameters.
bool IsEventStream(const ResponseHead& head);

// Thread-compatible.
class HeadParser {
 public:
  // `max_bytes` bounds all heads together, interim (1xx) ones included, and the
  // trailers.
  explicit HeadParser(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  enum class Progress {
    kMore,      // the head goes on
    kComplete,  // this line completed the head of the final answer
    kTooLarge,  // max_bytes passed
    kInvalid,   // no status line, or a header without a colon
  };

  // Takes one line with its end. Lines after the final head are trailers, which
  // are counted and ignored.
  Progress AddLine(absl::string_view line);

  bool complete() const { return complete_; }
  int status() const { return head_.status; }
  const ResponseHead& head() const { return head_; }
  // Gives the head away; of it only the status stays.
  ResponseHead TakeHead() { return {head_.status, std::exchange(head_.headers, {})}; }
  std::size_t bytes() const { return bytes_; }

 private:
  Progress AddStatusLine(absl::string_view line);
  Progress AddHeader(absl::string_view line);
  Progress FinishHead();

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  bool in_head_ = false;
  bool complete_ = false;
  ResponseHead head_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_HEAD_PARSER_H_
