#include "service/upstream/transfer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/curl_result.h"

namespace fireworks::upstream {
namespace {

// libcurl takes zero for its own default of five minutes.
constexpr std::chrono::milliseconds kNoConnectTimeout = std::chrono::hours(24);

// Zero means none; what is years away would overflow and means the same, as does what
// has not begun.
Clock::time_point After(Clock::time_point start, std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kFar = std::chrono::hours(24 * 365);
  const bool none = timeout.count() <= 0 || timeout > kFar;
  if (none || start == Clock::time_point::max()) return Clock::time_point::max();
  return start + timeout;
}

// Methods that libcurl may send again on a new connection when a reused one
// turns out to be dead (RFC 9110 §9.2.2).
bool IsSafe(absl::string_view method) { return method == "GET" || method == "HEAD"; }

bool ExpectsBody(absl::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// libcurl copies head and body into a buffer that it zeroes, and that stays until the
// handle is gone: it should not be larger than what is sent, as far as libcurl allows.
constexpr long kSmallSendBuffer = 16 << 10;
constexpr long kLargeSendBuffer = 64 << 10;

// Unknown sizes are negative.
long SendBufferBytes(curl_off_t body_size) {
  return body_size >= 0 && body_size <= kSmallSendBuffer ? kSmallSendBuffer : kLargeSendBuffer;
}

}  // namespace

Transfer::Transfer(Request request, std::shared_ptr<Observer> observer,
                   std::shared_ptr<Mailbox> mailbox)
    : request_(std::move(request)),
      body_(std::move(request_.body), request_.more_body),
      mailbox_(std::move(mailbox)),
      observer_(std::move(observer)),
      head_(request_.max_header_bytes),
      started_(Clock::now()),
      last_byte_(started_) {}

void Transfer::Cancel() {
  if (!cancel_wanted_.exchange(true)) AskForAttention();
}

void Transfer::Pause() {
  if (!pause_wanted_.exchange(true)) AskForAttention();
}

void Transfer::Resume() {
  if (pause_wanted_.exchange(false)) AskForAttention();
}

void Transfer::AppendBody(std::string piece, bool last) {
  body_.Append(std::move(piece), last);
  AskForAttention();
}

void Transfer::AskForAttention() {
  if (!attention_asked_.exchange(true)) mailbox_->Post(shared_from_this());
}

// --- Setting up.

void Transfer::Begin(EasyHandle handle, const Surroundings& surroundings) {
  const WireSettings& settings = *surroundings.settings;
  alarms_ = surroundings.alarms;
  told_ = surroundings.told;
  handle_ = std::move(handle);
  const absl::Status valid = CheckRequest(request_);
  if (!valid.ok()) return Stop(End::kProtocol, std::string(valid.message()));
  // What is too late already is no attempt.
  CheckTimes(Clock::now());
  if (stopped_) return;
  attempts_ = request_.attempts;
  if (attempts_ != nullptr) attempts_->OnBegin(&request_.headers);
  request_headers_.emplace(request_, settings.headers);
  const absl::Status set = SetOptions(settings);
  if (!set.ok()) return Stop(End::kConnectFailed, std::string(set.message()));
  state_ = State::kConnecting;
}

absl::Status Transfer::SetOptions(const WireSettings& settings) {
  if (handle_ == nullptr) return absl::ResourceExhaustedError("libcurl is out of memory");
  OptionSetter options(handle_.get());
  SetCommonOptions(settings, &options);
  const std::string url = absl::StrCat(settings.base_url, request_.target);
  options.Set(CURLOPT_URL, url.c_str());
  SetMethod(&options);
  options.Set(CURLOPT_HTTPHEADER, request_headers_->list());
  const auto connect = request_.connect_timeout.count() > 0
                           ? std::min(request_.connect_timeout, kNoConnectTimeout)
                           : kNoConnectTimeout;
  options.Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));

  options.Set(CURLOPT_PRIVATE, static_cast<void*>(this));
  options.Set(CURLOPT_ERRORBUFFER, error_);
  options.Set(CURLOPT_PREREQFUNCTION, &Transfer::OnPrerequest);
  options.Set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  options.Set(CURLOPT_READFUNCTION, &Transfer::OnRead);
  options.Set(CURLOPT_READDATA, static_cast<void*>(this));
  options.Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeaderLine);
  options.Set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  options.Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBytes);
  options.Set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  return options.status();
}

bool Transfer::SendsBody() const { return request_.has_body || ExpectsBody(request_.method); }

// -1: not known in advance.
curl_off_t Transfer::BodySize() const {
  if (!request_.more_body) return static_cast<curl_off_t>(body_.size());
  return request_.body_size ? static_cast<curl_off_t>(*request_.body_size) : curl_off_t{-1};
}

void Transfer::SetMethod(OptionSetter* options) {
  if (SendsBody()) {
    // The body comes from OnRead and can't be rewound, on purpose: else libcurl
    // would send a POST again, unasked, when a reused connection dies under it.
    options->Set(CURLOPT_POST, 1L);
    options->Set(CURLOPT_POSTFIELDSIZE_LARGE, BodySize());
    options->Set(CURLOPT_UPLOAD_BUFFERSIZE, SendBufferBytes(BodySize()));
  } else if (request_.method == "HEAD") {
    options->Set(CURLOPT_NOBODY, 1L);
  } else {
    options->Set(CURLOPT_HTTPGET, 1L);
  }
  options->Set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

// --- Sending.

int Transfer::OnPrerequest(void* self, char*, char*, int, int) {
  return static_cast<Transfer*>(self)->BeginSending() ? CURL_PREREQFUNC_OK
                                                      : CURL_PREREQFUNC_ABORT;
}

bool Transfer::BeginSending() {
  if (stopped_) return false;
  if (request_sent_ && !IsSafe(request_.method)) {
    Stop(End::kReset, "the reused connection died under the request");
    return false;
  }
  request_sent_ = true;
  state_ = State::kSending;
  if (!body_.drained()) return true;
  if (body_.open()) {
    observer_->OnBodyWanted();
  } else {
    AwaitAnswer();
  }
  return true;
}

std::size_t Transfer::OnRead(char* buffer, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->CopyBody(buffer, size * count);
}

std::size_t Transfer::CopyBody(char* buffer, std::size_t capacity) {
  if (stopped_) return CURL_READFUNC_ABORT;
  while (body_.drained() && body_.open()) {
    if (!body_.TakeAppended()) {
      send_paused_ = true;
      return CURL_READFUNC_PAUSE;
    }
    if (body_.drained() && body_.open()) observer_->OnBodyWanted();
  }
  const std::size_t size = body_.Read(buffer, capacity);
  if (!body_.drained()) return size;
  if (body_.open()) {
    observer_->OnBodyWanted();
  } else if (state_ == State::kSending) {
    AwaitAnswer();
  }
  return size;
}

void Transfer::AwaitAnswer() {
  state_ = State::kWaiting;
  sent_ = Clock::now();
  AdvanceAlarm();
}

Request Transfer::TakeRequest() {
  request_.body = body_.TakeBack();
  return std::move(request_);
}

void Transfer::DropRequest() {
  body_.Drop();
  request_dropped_ = true;
}

// A stream may last for an hour. Once there is an answer libcurl sends nothing again.
void Transfer::FreeRequest() {
  if (!request_headers_ || !body_.drained() || body_.open()) return;
  curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, nullptr);
  request_headers_.reset();
  std::vector<Header>().swap(request_.headers);
  std::string().swap(request_.target);
}

// --- Receiving.

std::size_t Transfer::OnHeaderLine(char* line, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  // Anything but the number of bytes is an error to libcurl, for which an empty
  // line is none.
  return static_cast<Transfer*>(self)->TakeHeaderLine({line, bytes}) ? bytes : CURL_WRITEFUNC_ERROR;
}

bool Transfer::TakeHeaderLine(absl::string_view line) {
  if (stopped_) return false;
  last_byte_ = Clock::now();
  switch (head_.AddLine(line)) {
    case HeadParser::Progress::kMore:
      return true;
    case HeadParser::Progress::kComplete:
      return BeginBody();
    case HeadParser::Progress::kTooLarge:
      Stop(End::kHeadersTooLarge,
           absl::StrCat("more than ", request_.max_header_bytes, " bytes of headers"));
      return false;
    case HeadParser::Progress::kInvalid:
      Stop(End::kProtocol, "the answer's head is not HTTP");
      return false;
  }
  return false;
}

bool Transfer::BeginBody() {
  if (request_.wants_events && IsEventStream(head_.head())) {
    state_ = State::kStreaming;
    parser_.emplace(static_cast<sse::Handler*>(this), request_.sse);
  } else {
    state_ = State::kCollecting;
    first_seen_ = true;
    ExpectBody();
  }
  // The idle time starts here, and may end before the alarm that is set.
  AdvanceAlarm();
  if (!cancel_wanted_) observer_->OnHead(head_.TakeHead());
  if (cancel_wanted_) Stop(End::kCancelled, "cancelled");
  return !stopped_;
}

std::size_t Transfer::OnBytes(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const std::size_t length = size * count;
  // libcurl keeps the bytes and hands them over again after the pause.
  transfer->curl_paused_ =
      transfer->pause_wanted_ && !transfer->cancel_wanted_ && !transfer->stopped_;
  if (transfer->curl_paused_) return CURL_WRITEFUNC_PAUSE;
  return transfer->TakeBytes({bytes, length}) ? length : CURL_WRITEFUNC_ERROR;
}

bool Transfer::TakeBytes(absl::string_view bytes) {
  if (stopped_) return false;
  body_received_ += bytes.size();
  last_byte_ = Clock::now();
  if (state_ == State::kStreaming) {
    Feed(bytes);
  } else {
    Collect(bytes);
  }
  if (cancel_wanted_) Stop(End::kCancelled, "cancelled");
  return !stopped_;
}

void Transfer::Feed(absl::string_view bytes) {
  const absl::Status fed = parser_->Feed(bytes);
  if (fed.ok()) return;
  Stop(parser_->exceeded() == sse::Exceeded::kLine ? End::kLineTooLong : End::kEventTooLarge,
       std::string(fed.message()));
}

void Transfer::OnEvent(const sse::Event& event) {
  // The rest of a piece in which the observer has cancelled.
  if (cancel_wanted_) return;
  first_seen_ = true;
  if (!std::exchange(events_told_, true)) told_->push_back(this);
  observer_->OnEvent(event);
}

void Transfer::EndEvents() {
  if (!std::exchange(events_told_, false)) return;
  if (std::exchange(request_dropped_, false)) FreeRequest();
  observer_->OnEventsEnd();
}

std::size_t Transfer::MostCollected() const {
  const bool success = head_.status() / 100 == 2;
  return success ? request_.max_body_bytes : request_.max_error_body_bytes;
}

// Grown by doubling, a large body would be held almost twice while it grows.
void Transfer::ExpectBody() {
  std::uint64_t announced = 0;
  if (!absl::SimpleAtoi(head_.head().Find("content-length"), &announced)) return;
  collected_.reserve(std::min<std::uint64_t>(announced, MostCollected()));
}

void Transfer::Collect(absl::string_view bytes) {
  const std::size_t cap = MostCollected();
  const std::size_t room = cap - collected_.size();
  collected_.append(bytes.data(), std::min(room, bytes.size()));
  if (bytes.size() > room) {
    Stop(End::kBodyTooLarge, absl::StrCat("more than ", cap, " bytes of body"));
  }
}

// --- Flow and time.

void Transfer::ApplyFlow() {
  if (handle_ == nullptr) return;
  // A wish to pause is met by the next call of OnBytes.
  if (!pause_wanted_) {
    last_byte_ = Clock::now();
    AdvanceAlarm();
  }
  const bool receive = curl_paused_ && !pause_wanted_;
  const bool send = send_paused_ && body_.HasAppended();
  if (!receive && !send) return;
  if (receive) curl_paused_ = false;
  if (send) send_paused_ = false;
  const CURLcode result =
      curl_easy_pause(handle_.get(), (curl_paused_ ? CURLPAUSE_RECV : CURLPAUSE_CONT) |
                                         (send_paused_ ? CURLPAUSE_SEND : CURLPAUSE_CONT));
  if (result != CURLE_OK) Stop(EndOfResult(result, true), curl_easy_strerror(result));
}

Clock::time_point Transfer::FirstEventDue() const {
  if (first_seen_) return Clock::time_point::max();
  return After(started_, request_.first_event_timeout);
}

Clock::time_point Transfer::AnswerDue() const {
  if (first_seen_) return Clock::time_point::max();
  return After(sent_, request_.answer_timeout);
}

Clock::time_point Transfer::IdleDue() const {
  if (!head_.complete()) return Clock::time_point::max();
  return After(last_byte_, request_.idle_timeout);
}

Clock::time_point Transfer::NextDue() const {
  if (pause_wanted_) return request_.deadline;
  return std::min({request_.deadline, FirstEventDue(), AnswerDue(), IdleDue()});
}

// Alarms that go off early cost little; moving one with every byte would not.
void Transfer::AdvanceAlarm() {
  const Clock::time_point next = NextDue();
  if (next < due()) alarms_->Set(this, next);
}

void Transfer::CheckTimes(Clock::time_point now) {
  if (request_.deadline <= now) {
    Stop(End::kDeadline, "the deadline passed");
  } else if (!pause_wanted_ && FirstEventDue() <= now) {
    Stop(End::kFirstEventTimeout,
         absl::StrCat(request_.wants_events ? "no event within " : "no answer within ",
                      request_.first_event_timeout.count(), " ms"));
  } else if (!pause_wanted_ && AnswerDue() <= now) {
    Stop(End::kFirstEventTimeout, absl::StrCat("no answer within ", request_.answer_timeout.count(),
                                               " ms of the request's end"));
  } else if (!pause_wanted_ && IdleDue() <= now) {
    Stop(End::kIdleTimeout, absl::StrCat("silence of ", request_.idle_timeout.count(), " ms"));
  } else {
    alarms_->Set(this, NextDue());
  }
}

// --- The end.

Traffic Transfer::traffic() const {
  Traffic bytes;
  bytes.received = head_.bytes() + body_received_;
  if (handle_ == nullptr || !request_sent_) return bytes;
  long head_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &head_bytes);
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_UPLOAD_T, &body_bytes);
  bytes.sent = static_cast<std::uint64_t>(head_bytes + body_bytes);
  return bytes;
}

void Transfer::Stop(End end, std::string detail) {
  if (stopped_) return;
  stopped_ = true;
  stop_end_ = end;
  stop_detail_ = std::move(detail);
}

Outcome Transfer::MakeOutcome(CURLcode result) {
  Outcome outcome;
  if (stopped_) {
    outcome.end = stop_end_;
    outcome.detail = std::move(stop_detail_);
  } else if (result == CURLE_OK && !head_.complete()) {
    // To libcurl, a connection that closes inside the head is no error.
    outcome.end = End::kReset;
    outcome.detail = "the connection closed inside the answer's head";
  } else {
    outcome.end = EndOfResult(result, request_sent_);
    if (result != CURLE_OK) outcome.detail = *error_ ? error_ : curl_easy_strerror(result);
  }
  outcome.body = std::move(collected_);
  outcome.request_sent = request_sent_;
  outcome.attempts = state_ == State::kQueued ? 0 : 1;
  outcome.mid_event = parser_.has_value() && parser_->mid_event();
  const Traffic bytes = traffic();
  outcome.bytes_sent = bytes.sent;
  outcome.bytes_received = bytes.received;
  if (handle_ != nullptr && request_sent_) {
    long connections = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &connections);
    outcome.connection_reused = connections == 0;
  }
  return outcome;
}

void Transfer::Finish(CURLcode result, HandlePool* pool) {
  Outcome outcome = MakeOutcome(result);
  // After error 65 libcurl (8.14.1) still wants to rewind a body that is gone: every
  // later transfer of the handle would fail, curl_easy_reset or not. Whether one that
  // was stopped had come so far can't be seen, so only good ends are trusted.
  if (result == CURLE_OK && !stopped_) pool->Return(std::move(handle_));
  handle_.reset();
  request_headers_.reset();
  state_ = State::kEnded;
  const End end = outcome.end;
  observer_->OnEnd(std::move(outcome));
  observer_.reset();
  if (attempts_ != nullptr) attempts_->OnEnd(end, head_.status());
  attempts_.reset();
}

}  // namespace fireworks::upstream
