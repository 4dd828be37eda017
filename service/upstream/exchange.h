// One HTTP exchange with the upstream: what is asked, what is told while it
// runs, and how it ended. Knows neither Protobuf nor gRPC.
//
// Life of an exchange: Client::Start hands the request to a loop. The loop
// tells the observer OnHead at most once, OnEvent any number of times, and
// OnEnd exactly once, last, whatever happened. All observer calls of an
// exchange come from its loop's thread, one after the other.
#ifndef FIREWORKS_SERVICE_UPSTREAM_EXCHANGE_H_
#define FIREWORKS_SERVICE_UPSTREAM_EXCHANGE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/sse/parser.h"

namespace fireworks::upstream {

class ApiKey;

using Clock = std::chrono::steady_clock;

struct Header {
  std::string name;
  std::string value;
};

// Whether a request that failed may be sent again. docs/upstream.md has the table
// of what is repeated when; it needs ClientOptions::retry.
enum class RetryClass {
  kByMethod,       // kIdempotent for GET, HEAD, OPTIONS, TRACE, PUT and DELETE
  kIdempotent,     // sent twice is as good as sent once
  kNonIdempotent,  // repeated only when upstream can't have started on it
  kNever,          // not repeated by the client
};

// How an exchange ended, as far as HTTP tells; below.
enum class End;

// Told of each attempt of an exchange, for instance to trace it. All calls come from the
// loop's thread, one after the other. Must not block.
class AttemptObserver {
 public:
  virtual ~AttemptObserver() = default;

  // An attempt begins. `headers` are the request's, without what the client adds; what is
  // changed of them stays so for later attempts.
  virtual void OnBegin(std::vector<Header>* headers) = 0;

  // It has ended, with the answer's status, or 0 if there was none. What the exchange's
  // observer is told of that, it has been told before.
  virtual void OnEnd(End end, int status) = 0;
};

// What to ask.
struct Request {
  std::string method = "GET";
  // Path and query, encoded; appended to the client's base URL.
  std::string target;
  // Beyond what the client adds (host, content-length, user-agent, and a key as
  // authorization, unless there is one here). A header that
  // frames or routes the message (host, content-length, connection, …), a name
  // that is no token and a value with a control byte end the exchange with
  // kProtocol before anything is sent.
  std::vector<Header> headers;
  // Sent as authorization, in all attempts, unless `headers` have one; shared with
  // whoever chose it. Null: the client's own key.
  std::shared_ptr<const ApiKey> key;
  // Sent when `has_body`; with POST an empty body is sent as such.
  std::string body;
  bool has_body = false;
  // `body` is only the beginning: what follows comes with Exchange::AppendBody,
  // one piece each time that Observer::OnBodyWanted asks. `body_size` is the
  // length of the whole; without it the body is chunked (HTTP/1.1).
  bool more_body = false;
  std::optional<std::uint64_t> body_size;
  // The answer is an event stream: OnEvent is called for each event of a 2xx
  // answer with content type text/event-stream. Any other answer is collected
  // and handed to OnEnd.
  bool wants_events = false;
  // A body that comes piece by piece makes it kNever.
  RetryClass retry_class = RetryClass::kByMethod;
  // Kept until the last attempt has ended. Null: nobody is told.
  std::shared_ptr<AttemptObserver> attempts;

  // Limits of time; zero means none. `first_event` runs from the start of the
  // exchange to the first event (streams) or the answer's head (else). `answer`
  // runs from where the last byte of the request has been handed to libcurl to the
  // same. `idle` runs from the head on, between two bytes of the answer. A pause by
  // the observer suspends these; with its end `idle` starts anew. All four start anew
  // with each attempt; the deadline holds for all attempts and waits together.
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds first_event_timeout{300000};
  std::chrono::milliseconds answer_timeout{0};
  std::chrono::milliseconds idle_timeout{120000};
  Clock::time_point deadline = Clock::time_point::max();

  // Limits of size, in bytes.
  std::size_t max_body_bytes = 64 << 20;
  std::size_t max_error_body_bytes = 256 << 10;
  std::size_t max_header_bytes = 64 << 10;
  sse::Limits sse;
};

// The head of the answer.
struct ResponseHead {
  int status = 0;
  // Names in lower case, in the order of arrival. Interim (1xx) heads are
  // skipped.
  std::vector<Header> headers;

  // The first value of `name` (lower case); empty when there is none.
  absl::string_view Find(absl::string_view name) const;
};

// How an exchange ended, as far as HTTP tells. Whether a stream said all it
// had to say is for the observer to judge.
enum class End {
  kComplete,           // the answer ended as HTTP says it should
  kCancelled,          // Exchange::Cancel, or the client is going away
  kShed,               // the circuit breaker is open: nothing was tried
  kConnectFailed,      // name, address or TLS failed, or too many connections
  kConnectTimeout,     // connect_timeout passed
  kFirstEventTimeout,  // first_event_timeout or answer_timeout passed
  kIdleTimeout,        // idle_timeout passed
  kDeadline,           // deadline passed
  kReset,              // connection or stream broke before the answer's end
  kBodyTooLarge,       // max_body_bytes or max_error_body_bytes passed
  kHeadersTooLarge,    // max_header_bytes passed
  kLineTooLong,        // sse.max_line_bytes passed
  kEventTooLarge,      // sse.max_event_bytes passed
  kProtocol,           // the upstream does not speak HTTP, or the request may not be sent
};

// "complete", "connect_failed", …: for logs and metric labels.
absl::string_view EndName(End end);

// Bytes on the wire, heads included, TLS not.
struct Traffic {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

struct Outcome {
  End end = End::kComplete;
  // What went wrong, in words, without secrets; empty when complete.
  std::string detail;
  // The collected answer: of unary calls, of non-2xx answers, and of 2xx
  // answers that are no event stream. What had arrived, if cut short.
  std::string body;
  // Whether the upstream may have seen any byte of the request, in any attempt.
  bool request_sent = false;
  // Attempts that were begun: 0 when the exchange ended before the first.
  int attempts = 0;
  // By the table of what may be repeated, sending the request once more would
  // have been safe: nothing was delivered, and it can't run twice, or may. Says
  // nothing of whether the client had attempts, budget or time left for it.
  bool safe_to_repeat = false;
  // How long to wait before that: as upstream said (Retry-After and the like, at
  // most 24 h), or for kShed until the breaker lets the next call through.
  std::optional<std::chrono::milliseconds> retry_after;
  // Whether an HTTP/1.1 or HTTP/2 connection was reused.
  bool connection_reused = false;
  // Whether the stream ended inside an unfinished event.
  bool mid_event = false;
  // Of all attempts together.
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

// Told of an exchange's progress, on the loop's thread. Must not block.
class Observer {
 public:
  virtual ~Observer() = default;

  // The answer's head: when it comes, or just before OnEnd while the attempt may
  // yet be repeated; of one that is repeated there is none. It is the observer's now.
  // Calls to the exchange are allowed here and below.
  virtual void OnHead(ResponseHead head) = 0;

  // All that there was of the body is on its way: Exchange::AppendBody is to be
  // called, now or later. Asked once per piece, only with Request::more_body.
  virtual void OnBodyWanted() {}

  // An event. Views are valid only during the call.
  virtual void OnEvent(const sse::Event& event) = 0;

  // The events that came when the socket was read have been told of, however many pieces
  // they came in: what an observer does once for several of them has its place here.
  // Comes behind at least one OnEvent, and before OnEnd.
  virtual void OnEventsEnd() {}

  // The end; the exchange calls nothing afterwards.
  virtual void OnEnd(Outcome outcome) = 0;
};

// A running exchange, as its owner sees it. All members may be called from any
// thread, also after the end, when they do nothing.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // Aborts: HTTP/1.1 closes the connection, HTTP/2 resets the stream. OnEnd
  // follows with kCancelled unless the exchange had already ended; it never
  // comes from inside this call.
  virtual void Cancel() = 0;

  // Stops reading from the upstream's socket, and goes on. Events of bytes
  // that had been read already still come (at most one read buffer: 16 KiB of
  // the stream's bytes). The last call wins; calls are cheap when nothing
  // changes. With HTTP/2 events stop in the same way, but the socket, which other
  // streams share, is read on: libcurl holds up to 20 MiB of a paused stream.
  virtual void Pause() = 0;
  virtual void Resume() = 0;

  // The next piece of the body, which may be empty; `last` ends the body. Only
  // after Observer::OnBodyWanted, once for each time.
  virtual void AppendBody(std::string piece, bool last) = 0;

  // Which attempt the head is of that the observer was shown, counted from 1; 0
  // before there is one.
  virtual int attempt() const = 0;

  // The bytes of all attempts so far. Only from inside the observer's OnHead and
  // OnEvent; OnEnd is told in its Outcome.
  virtual Traffic traffic() const = 0;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_EXCHANGE_H_
