#include "service/upstream/testing/recorder.h"

#include <utility>

#include "gtest/gtest.h"
#include "service/upstream/testing/scripted_server.h"

namespace fireworks::upstream::testing {

void Recorder::OnHead(ResponseHead head) {
  std::lock_guard<std::mutex> lock(mutex_);
  orderly_ &= !outcome_.has_value() && heads_ == 0;
  ++heads_;
  head_ = std::move(head);
  changed_.notify_all();
}

void Recorder::OnEvent(const sse::Event& event) {
  if (on_event) on_event(event);
  std::lock_guard<std::mutex> lock(mutex_);
  orderly_ &= !outcome_.has_value() && heads_ == 1;
  ++event_count_;
  if (keep_events) events_.emplace_back(event.data);
  changed_.notify_all();
}

void Recorder::OnEventsEnd() {
  std::lock_guard<std::mutex> lock(mutex_);
  orderly_ &= !outcome_.has_value() && grouped_ < event_count_;
  grouped_ = event_count_;
  ++groups_;
}

void Recorder::OnEnd(Outcome outcome) {
  if (on_end) on_end(outcome);
  std::lock_guard<std::mutex> lock(mutex_);
  orderly_ &= !outcome_.has_value() && grouped_ == event_count_;
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

template <typename Condition>
bool Recorder::Await(Condition condition, const char* what) {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool came = changed_.wait_for(lock, kPatience, condition);
  EXPECT_TRUE(came) << "no " << what << "; events so far: " << event_count_;
  return came;
}

ResponseHead Recorder::AwaitHead() {
  Await([this] { return heads_ > 0; }, "head");
  std::lock_guard<std::mutex> lock(mutex_);
  return head_;
}

void Recorder::AwaitEvents(std::size_t count) {
  Await([this, count] { return event_count_ >= count; }, "such number of events");
}

Outcome Recorder::AwaitEnd() {
  if (!Await([this] { return outcome_.has_value(); }, "end")) return {};
  std::lock_guard<std::mutex> lock(mutex_);
  return *outcome_;
}

int Recorder::heads() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return heads_;
}

std::size_t Recorder::event_count() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return event_count_;
}

int Recorder::groups() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return groups_;
}

std::vector<std::string> Recorder::events() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return events_;
}

bool Recorder::ended() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return outcome_.has_value();
}

bool Recorder::orderly() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return orderly_;
}

}  // namespace fireworks::upstream::testing
