// Replies that follow a request's directives and report to the journal.
//
// A reply is used on one connection's strand; the journal must outlive it.
#ifndef FIREWORKS_TESTS_SIMULATOR_SCRIPTED_REPLY_H_
#define FIREWORKS_TESTS_SIMULATOR_SCRIPTED_REPLY_H_

#include <memory>
#include <optional>
#include <string>

#include "tests/simulator/directives.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/journal.h"
#include "tests/simulator/reply.h"

namespace fireworks::simulator {

// The server-sent events of one answer, one after the other.
class EventSource {
 public:
  virtual ~EventSource() = default;

  // The next event's data; nullopt after the last.
  virtual std::optional<std::string> Next() = 0;

  // The data of the event that tells of a failure in the middle of the answer.
  // Nothing follows it.
  virtual std::string Error() = 0;

  // The name of the event that was given last, an error too; empty for none.
  virtual std::string name() const { return {}; }

  // Whether `data: [DONE]` comes after the last event.
  virtual bool has_done_marker() const { return true; }

  // How many times the event that Next gave last is to be sent, to save the
  // cost of building each. More than 1 only in blast mode.
  virtual std::size_t repeat() const { return 1; }
};

// A request's entry in the journal, with the means to report to it.
struct JournalEntry {
  Journal* journal;
  Journal::RecordPtr record;
};

// Answers with one response. Its body counts as one event, or as two halves
// where a directive counts events, so that a body can be cut in the middle.
std::unique_ptr<Reply> MakeUnaryReply(HttpResponse response, const Directives& directives,
                                      JournalEntry entry, bool keep_alive);

// Answers 200 with a text/event-stream of `source`'s events, chunked.
std::unique_ptr<Reply> MakeEventReply(Headers headers, std::unique_ptr<EventSource> source,
                                      const Directives& directives, JournalEntry entry,
                                      bool keep_alive);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_SCRIPTED_REPLY_H_
