// What a request handler hands to the HTTP server: a script of wire bytes and
// pauses that the connection pulls, one step at a time.
//
// Pulling bounds memory by itself: the next step is asked for only when the
// previous bytes are in the socket, so a slow reader holds one step and no more.
#ifndef FIREWORKS_TESTS_SIMULATOR_REPLY_H_
#define FIREWORKS_TESTS_SIMULATOR_REPLY_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

// One step of a reply.
struct Step {
  enum class Kind {
    kWrite,  // send `bytes`
    kWait,   // ask again after `timeout` or when the waker is called
    kEnd,    // the response is complete; the connection may be reused
    kClose,  // close the connection here, in the middle or not
    kReset,  // the same with a TCP reset
  };

  static Step Write(std::string bytes, std::size_t events = 0) {
    return {Kind::kWrite, std::move(bytes), events, std::nullopt};
  }
  // Without a timeout only the waker ends the wait.
  static Step Wait(std::optional<std::chrono::steady_clock::duration> timeout = std::nullopt) {
    return {Kind::kWait, {}, 0, timeout};
  }
  static Step End() { return {Kind::kEnd, {}, 0, std::nullopt}; }
  static Step Close() { return {Kind::kClose, {}, 0, std::nullopt}; }
  static Step Reset() { return {Kind::kReset, {}, 0, std::nullopt}; }

  Kind kind;
  std::string bytes;
  // How many events `bytes` completes, for the journal.
  std::size_t events;
  std::optional<std::chrono::steady_clock::duration> timeout;
};

// How a reply ended.
enum class ReplyEnd {
  kFinished,      // all of it was written
  kClientClosed,  // the client closed the connection first
  kAborted,       // we closed it first, by script or at shutdown
};

// A reply in progress. All calls come from the connection's strand, never two
// at a time. Waits may end early for no reason: Next must then wait again.
class Reply {
 public:
  virtual ~Reply() = default;
  virtual Step Next() = 0;
  // The last kWrite step is in the socket.
  virtual void OnWritten(std::size_t /*bytes*/, std::size_t /*events*/) {}
  // Called exactly once, last.
  virtual void OnEnd(ReplyEnd /*end*/) {}
};

// Ends a kWait of the reply it was made for. Callable from any thread and at
// any time, also after the connection is gone.
using Waker = std::function<void()>;

// Answers requests. Called on the connections' strands, so with several server
// threads concurrently. Must not block.
using Handler = std::function<std::unique_ptr<Reply>(HttpRequest request, Waker waker)>;

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_REPLY_H_
