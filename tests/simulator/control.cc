#include "tests/simulator/control.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kDefaultTimeoutMs = 10'000;

std::string Dump(const Json& json) {
  // Headers and bodies may hold any bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ToJson(const SeenRequest& request) {
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) {
    const std::string key = absl::AsciiStrToLower(name);
    headers[key] =
        headers.contains(key) ? absl::StrCat(headers[key].get<std::string>(), ", ", value) : value;
  }
  return {{"id", request.id},
          {"request_id", request.request_id},
          {"method", request.method},
          {"target", request.target},
          {"headers", std::move(headers)},
          {"body", request.body},
          {"body_bytes", request.body_bytes},
          {"events_sent", request.events_sent},
          {"bytes_sent", request.bytes_sent},
          {"state", std::string(RequestStateName(request.state))}};
}

HttpResponse Fault(int status, absl::string_view message) {
  return JsonResponse(status, Dump({{"error", std::string(message)}}));
}

std::string Serialize(HttpResponse response) {
  response.headers.emplace_back("content-length", absl::StrCat(response.body.size()));
  return SerializeHead(response.status, response.headers) + response.body;
}

// An answer that is known at once.
class ControlReply : public Reply {
 public:
  explicit ControlReply(HttpResponse response) : bytes_(Serialize(std::move(response))) {}

  Step Next() override {
    return bytes_.empty() ? Step::End() : Step::Write(std::exchange(bytes_, {}));
  }

 private:
  std::string bytes_;
};

// A long poll: answers when the request meets the condition, or at the deadline.
class WaitingReply : public Reply {
 public:
  WaitingReply(Journal* journal, std::string request_id, Journal::Condition condition,
               std::chrono::milliseconds timeout, Waker waker)
      : journal_(journal),
        request_id_(std::move(request_id)),
        condition_(std::move(condition)),
        deadline_(Clock::now() + timeout),
        observer_(journal->Observe(std::move(waker))) {}

  ~WaitingReply() override { journal_->Unobserve(observer_); }

  Step Next() override {
    if (answered_) return Step::End();
    const std::optional<SeenRequest> seen = journal_->Find(request_id_);
    const auto now = Clock::now();
    const bool met = seen && condition_(*seen);
    if (!met && now < deadline_) return Step::Wait(deadline_ - now);
    answered_ = true;
    return Step::Write(Serialize(met ? JsonResponse(200, Dump(ToJson(*seen)))
                                     : Fault(408, "the request did not get there in time")));
  }

 private:
  Journal* const journal_;
  const std::string request_id_;
  const Journal::Condition condition_;
  const Clock::time_point deadline_;
  const std::uint64_t observer_;
  bool answered_ = false;
};

std::unique_ptr<Reply> Answer(HttpResponse response) {
  return std::make_unique<ControlReply>(std::move(response));
}

// A number of the query, or `otherwise` when it is absent or not one.
std::uint32_t QueryNumber(const HttpRequest& request, absl::string_view key,
                          std::uint32_t otherwise) {
  std::uint32_t number;
  return absl::SimpleAtoi(request.Query(key), &number) ? number : otherwise;
}

std::unique_ptr<Reply> One(Journal* journal, const HttpRequest& request, std::string request_id,
                           Waker waker) {
  const std::string state_name = request.Query("wait_state");
  const std::string events_text = request.Query("wait_events");
  if (state_name.empty() && events_text.empty()) {
    const std::optional<SeenRequest> seen = journal->Find(request_id);
    return Answer(seen ? JsonResponse(200, Dump(ToJson(*seen))) : Fault(404, "no such request"));
  }
  const std::optional<RequestState> state = ParseRequestState(state_name);
  if (!state && !state_name.empty()) return Answer(Fault(400, "no such state"));
  const std::size_t events = QueryNumber(request, "wait_events", 0);
  return std::make_unique<WaitingReply>(
      journal, std::move(request_id),
      [state, events](const SeenRequest& seen) {
        return (!state || seen.state == *state) && seen.events_sent >= events;
      },
      std::chrono::milliseconds(QueryNumber(request, "timeout_ms", kDefaultTimeoutMs)),
      std::move(waker));
}

}  // namespace

Control::Control(Journal* journal, std::function<ConnectionStats()> connections,
                 std::function<void()> reset)
    : journal_(journal), connections_(std::move(connections)), reset_(std::move(reset)) {}

std::unique_ptr<Reply> Control::Handle(const HttpRequest& request, Waker waker) {
  absl::string_view path = request.path();
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (get && path == "/simulator/requests") {
    Json list = Json::array();
    for (const SeenRequest& seen : journal_->List()) list.push_back(ToJson(seen));
    return Answer(JsonResponse(200, Dump(list)));
  }
  if (get && absl::ConsumePrefix(&path, "/simulator/requests/")) {
    return One(journal_, request, PercentDecode(path), std::move(waker));
  }
  if (post && path == "/simulator/release") {
    const bool found =
        journal_->Release(request.Query("request"), QueryNumber(request, "events", 1));
    return Answer(found ? JsonResponse(200, "{}") : Fault(404, "no such request"));
  }
  if (post && path == "/simulator/reset") {
    reset_();
    return Answer(JsonResponse(200, "{}"));
  }
  if (get && path == "/simulator/stats") return Answer(Stats());
  return Answer(Fault(404, "no such control operation"));
}

HttpResponse Control::Stats() const {
  const ConnectionStats connections = connections_();
  const JournalStats journal = journal_->stats();
  return JsonResponse(200, Dump({{"open_connections", connections.open_connections},
                                 {"accepted_connections", connections.accepted_connections},
                                 {"requests", journal.requests},
                                 {"open_requests", journal.open_requests},
                                 {"events_sent", journal.events_sent},
                                 {"bytes_sent", journal.bytes_sent}}));
}

}  // namespace fireworks::simulator
