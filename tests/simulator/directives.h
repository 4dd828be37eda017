// What a client asks the simulator to do differently with one request: pace,
// size, errors, and every way of ending badly.
//
// Directives are one string `key=value;key=value`, found in the first of: the
// header `x-simulator`; the header `x-session-affinity` when it begins with
// `sim:`; the body's `metadata.simulator`. README.md lists the keys.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_DIRECTIVES_H_
#define FIREWORKS_TESTS_SIMULATOR_DIRECTIVES_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

struct Directives {
  // Where a stream of choices carries usage. kAuto: in the finish chunk, or in an
  // extra last chunk when stream_options.include_usage is true.
  enum class Usage { kAuto, kFinish, kExtra, kNone };

  // Before every event but the first; before a unary answer.
  std::chrono::milliseconds pace{0};
  // Every event waits for one release through the control API.
  bool step = false;
  // Tokens per content event.
  std::size_t chunk_tokens = 3;
  // Completion tokens, whatever max_tokens says.
  std::optional<std::size_t> tokens;
  // Content events; the same as tokens = events * chunk_tokens.
  std::optional<std::size_t> events;
  // Bytes added to every content event.
  std::size_t pad_bytes = 0;
  // Content events are built once and written many at a time: as many as fit into
  // `blast_bytes`, and one at least.
  bool blast = false;
  std::size_t blast_bytes = 16 << 10;
  // Content events of a chat tell when they were written (time_stamp.h).
  bool stamp = false;
  Usage usage = Usage::kAuto;
  // Whether `data: [DONE]` ends the stream.
  bool done = true;
  // A comment line before every N-th event; 0 for none.
  std::size_t comment_every = 0;
  // CRLF instead of LF inside the event stream.
  bool crlf = false;
  // Why every choice finishes; empty: what the answer makes natural. Responses
  // end as `error`, `cancelled` and `length` make them end.
  std::string finish;
  // Answer with this status and the canned body of errors.h called `body`
  // (empty: the one that fits the status).
  std::optional<int> status;
  std::string body;
  // Never send the response head.
  bool hang_headers = false;
  // After so many events: an error in the protocol's own form, and the end.
  std::optional<std::size_t> error_after;
  // After so many events: close, reset, or send nothing more.
  std::optional<std::size_t> close_after;
  std::optional<std::size_t> reset_after;
  std::optional<std::size_t> hang_after;
  // Header fields that the answer has beside its own.
  Headers headers;
  // The answer's bytes, head included, whatever was asked: `head`, then `answer`
  // as often as `repeat` says, in events of `piece` bytes (0: as few as possible).
  // Then the connection closes, unless `keep`.
  std::string head;
  std::optional<std::string> answer;
  std::size_t repeat = 1;
  std::size_t piece = 0;
  bool keep = false;
};

// Parses `key=value;key=value`. INVALID_ARGUMENT names the key at fault.
absl::StatusOr<Directives> ParseDirectives(absl::string_view text);

// The directives of a request: of its headers or, when those have none, of
// `metadata` (the body's metadata.simulator, empty when absent).
absl::StatusOr<Directives> FindDirectives(const Headers& headers, absl::string_view metadata);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_DIRECTIVES_H_
