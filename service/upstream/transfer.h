// One attempt at an exchange on its loop: a libcurl transfer, its timers and its
// end.
//
// A transfer is made by whatever thread starts the exchange and shared by the
// loop that runs it and the transfer's owner. The owner's face (Cancel, Pause,
// Resume) is thread-safe: it notes what is wanted and asks for the loop's
// attention. All else belongs to the loop's thread, once the loop has it.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TRANSFER_H_
#define FIREWORKS_SERVICE_UPSTREAM_TRANSFER_H_

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/sse/parser.h"
#include "service/upstream/alarm_queue.h"
#include "service/upstream/easy_handle.h"
#include "service/upstream/exchange.h"
#include "service/upstream/head_parser.h"
#include "service/upstream/mailbox.h"
#include "service/upstream/outgoing_body.h"
#include "service/upstream/request_headers.h"

namespace fireworks::upstream {

class Transfer final : public Exchange,
                       public Alarm,
                       public std::enable_shared_from_this<Transfer>,
                       private sse::Handler {
 public:
  enum class State {
    kQueued,      // the loop has not begun it
    kConnecting,  // name, address, TLS, or a place on a shared connection
    kSending,     // the request is on its way
    kWaiting,     // the request has been sent, the head is awaited
    kStreaming,   // events arrive
    kCollecting,  // a body arrives that is no event stream
    kEnded,
  };

  Transfer(Request request, std::shared_ptr<Observer> observer, std::shared_ptr<Mailbox> mailbox);

  // The owner's face; see Exchange.
  void Cancel() override;
  void Pause() override;
  void Resume() override;
  void AppendBody(std::string piece, bool last) override;
  int attempt() const override { return 1; }
  Traffic traffic() const override;

  // Puts the transfer into its loop's mailbox, unless it is there already.
  void AskForAttention();

  // --- The rest is for the loop's thread; before Loop::Start, for the owner's.

  // Before Loop::Start: the loop is to begin it not earlier than that.
  void DelayUntil(Clock::time_point when) { begin_at_ = started_ = when; }
  Clock::time_point begin_at() const { return begin_at_; }

  // Keeps the body when it has been sent, so that TakeRequest gives it back.
  void KeepBody() { body_.Keep(); }
  // From the observer's OnEnd only: the request, to be tried again.
  Request TakeRequest();
  // From the observer's OnHead only: there will be no TakeRequest, and KeepBody is
  // revoked. What has been sent is freed as soon as libcurl has done with it.
  void DropRequest();

  State state() const { return state_; }
  bool cancel_wanted() const { return cancel_wanted_; }

  // To be called before attending: what is wanted later asks again.
  void ClearAttention() { attention_asked_ = false; }

  // Whether a callback has ended the transfer, or Stop has.
  bool stopped() const { return stopped_; }

  // What a transfer uses of its loop, which outlives it.
  struct Surroundings {
    const WireSettings* settings = nullptr;
    AlarmQueue* alarms = nullptr;
    // Gets those whose observer has been told of events: see EndEvents.
    std::vector<Transfer*>* told = nullptr;
  };

  // Sets up `handle`, which is then ready to be added to the multi handle,
  // unless that failed and the transfer is stopped.
  void Begin(EasyHandle handle, const Surroundings& surroundings);

  CURL* handle() const { return handle_.get(); }

  // Does as the last Pause or Resume said, and goes on sending what AppendBody
  // brought. Events may come from inside.
  void ApplyFlow();

  // To be called when libcurl has done with what it read: it hands over each piece of a
  // chunked body by itself, and an upstream makes a chunk of each event.
  void EndEvents();

  // Stops the transfer if one of its times has passed at `now`, else sets the
  // alarm anew.
  void CheckTimes(Clock::time_point now);

  // Says how the transfer ends, unless that has been said before.
  void Stop(End end, std::string detail);

  // The last call: gives the handle back, tells the observer, and lets go of
  // it. `result` counts unless the transfer was stopped.
  void Finish(CURLcode result, HandlePool* pool);

 private:
  // libcurl's callbacks; `self` is the transfer.
  static int OnPrerequest(void* self, char*, char*, int, int);
  static std::size_t OnRead(char* buffer, std::size_t size, std::size_t count, void* self);
  static std::size_t OnHeaderLine(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBytes(char* bytes, std::size_t size, std::size_t count, void* self);

  absl::Status SetOptions(const WireSettings& settings);
  void SetMethod(OptionSetter* options);

  // False: the request must not go out.
  bool BeginSending();
  std::size_t CopyBody(char* buffer, std::size_t capacity);
  curl_off_t BodySize() const;
  // False: the transfer has been stopped; so too below.
  bool TakeHeaderLine(absl::string_view line);
  bool BeginBody();
  bool TakeBytes(absl::string_view bytes);
  void Feed(absl::string_view bytes);
  void Collect(absl::string_view bytes);
  void ExpectBody();
  std::size_t MostCollected() const;

  void OnEvent(const sse::Event& event) override;
  void FreeRequest();

  bool SendsBody() const;
  // The last byte of the request is on its way.
  void AwaitAnswer();
  Clock::time_point FirstEventDue() const;
  Clock::time_point AnswerDue() const;
  Clock::time_point IdleDue() const;
  Clock::time_point NextDue() const;
  void AdvanceAlarm();
  Outcome MakeOutcome(CURLcode result);

  // Without its body.
  Request request_;
  OutgoingBody body_;
  const std::shared_ptr<Mailbox> mailbox_;

  // What the owner wants, from any thread.
  std::atomic<bool> cancel_wanted_{false};
  std::atomic<bool> pause_wanted_{false};
  std::atomic<bool> attention_asked_{false};

  // Everything below belongs to the loop's thread.
  std::shared_ptr<Observer> observer_;
  // Of the request, once it has been told that the attempt begins.
  std::shared_ptr<AttemptObserver> attempts_;
  AlarmQueue* alarms_ = nullptr;
  std::vector<Transfer*>* told_ = nullptr;
  EasyHandle handle_;
  std::optional<RequestHeaders> request_headers_;
  bool request_dropped_ = false;
  State state_ = State::kQueued;
  bool request_sent_ = false;
  // The last call to OnBytes told libcurl to pause.
  bool curl_paused_ = false;
  // The last call to OnRead had nothing to give.
  bool send_paused_ = false;

  HeadParser head_;
  std::optional<sse::Parser> parser_;
  std::string collected_;
  std::uint64_t body_received_ = 0;

  Clock::time_point begin_at_ = Clock::time_point::min();
  Clock::time_point started_;
  Clock::time_point last_byte_;
  // When the last byte of the request was handed to libcurl; max: not yet.
  Clock::time_point sent_ = Clock::time_point::max();
  // What first_event_timeout waits for has come.
  bool first_seen_ = false;
  bool events_told_ = false;  // since the last OnEventsEnd; then it is in *told_

  bool stopped_ = false;
  End stop_end_ = End::kComplete;
  std::string stop_detail_;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_TRANSFER_H_
