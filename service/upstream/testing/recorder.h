// An observer that remembers everything and lets a test wait for it.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_RECORDER_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_RECORDER_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "service/upstream/exchange.h"

namespace fireworks::upstream::testing {

// Thread-safe. Waits are bounded; a test failure says what did not come.
class Recorder : public Observer {
 public:
  // Called on the loop's thread, before the event or the end is recorded. To be
  // set before the exchange starts.
  std::function<void(const sse::Event&)> on_event;
  std::function<void(const Outcome&)> on_end;
  // Off: events are counted only.
  bool keep_events = true;

  void OnHead(ResponseHead head) override;
  void OnEvent(const sse::Event& event) override;
  void OnEventsEnd() override;
  void OnEnd(Outcome outcome) override;

  ResponseHead AwaitHead();
  void AwaitEvents(std::size_t count);
  Outcome AwaitEnd();

  int heads() const;
  std::size_t event_count() const;
  // How often OnEventsEnd has come.
  int groups() const;
  // The data of the events so far.
  std::vector<std::string> events() const;
  bool ended() const;
  // False after a second OnEnd, anything after the first, or an OnEventsEnd that came
  // without an event or was missing at the end.
  bool orderly() const;

 private:
  template <typename Condition>
  bool Await(Condition condition, const char* what);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  int heads_ = 0;
  ResponseHead head_;
  std::size_t event_count_ = 0;
  std::size_t grouped_ = 0;  // events before the last OnEventsEnd
  int groups_ = 0;
  std::vector<std::string> events_;
  std::optional<Outcome> outcome_;
  bool orderly_ = true;
};

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_RECORDER_H_
