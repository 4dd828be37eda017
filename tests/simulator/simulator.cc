#include "tests/simulator/simulator.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/control.h"
#include "tests/simulator/resource_api.h"
#include "tests/simulator/router.h"

namespace fireworks::simulator {

struct Simulator::Core {
  explicit Core(const SimulatorOptions& options)
      : router(&journal, &resources, options.lax),
        control(
            &journal, [this] { return server->stats(); }, [this] { Reset(); }),
        host(options.server.host) {}

  std::unique_ptr<Reply> Handle(HttpRequest request, Waker waker) {
    if (absl::StartsWith(request.path(), "/simulator/")) {
      return control.Handle(request, std::move(waker));
    }
    return router.Handle(std::move(request), std::move(waker));
  }

  void Reset() {
    journal.Clear();
    resources.Reset();
    router.Reset();
  }

  absl::StatusOr<SeenRequest> WaitFor(absl::string_view request_id,
                                      const Journal::Condition& condition,
                                      absl::Duration timeout) const {
    std::optional<SeenRequest> seen = journal.WaitFor(request_id, condition, timeout);
    if (seen) return *std::move(seen);
    seen = journal.Find(request_id);
    return absl::DeadlineExceededError(
        seen ? absl::StrCat("request ", request_id, " is ", RequestStateName(seen->state), " with ",
                            seen->events_sent, " events sent")
             : absl::StrCat("request ", request_id, " has not come"));
  }

  Journal journal;
  ResourceApi resources;
  Router router;
  Control control;
  std::string host;
  // Last: its threads use all of the above.
  std::unique_ptr<HttpServer> server;
};

Simulator::Simulator(std::unique_ptr<Core> core) : core_(std::move(core)) {}

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(const SimulatorOptions& options) {
  auto core = std::make_unique<Core>(options);
  auto server =
      HttpServer::Listen(options.server, [core = core.get()](HttpRequest request, Waker waker) {
        return core->Handle(std::move(request), std::move(waker));
      });
  if (!server.ok()) return server.status();
  core->server = *std::move(server);
  // Not before: the control API asks the server for its counters.
  core->server->Serve();
  return std::make_unique<Simulator>(std::move(core));
}

Simulator::~Simulator() = default;

void Simulator::Stop() {
  core_->server->Stop();
}

int Simulator::port() const {
  return core_->server->port();
}

std::string Simulator::base_url() const {
  return absl::StrCat("http://", core_->host, ":", port());
}

std::vector<SeenRequest> Simulator::Requests() const {
  return core_->journal.List();
}

absl::StatusOr<SeenRequest> Simulator::Find(absl::string_view request_id) const {
  std::optional<SeenRequest> seen = core_->journal.Find(request_id);
  if (!seen) return absl::NotFoundError(absl::StrCat("no request ", request_id));
  return *std::move(seen);
}

absl::StatusOr<SeenRequest> Simulator::WaitForState(absl::string_view request_id,
                                                    RequestState state,
                                                    absl::Duration timeout) const {
  return core_->WaitFor(
      request_id, [state](const SeenRequest& seen) { return seen.state == state; }, timeout);
}

absl::StatusOr<SeenRequest> Simulator::WaitForEvents(absl::string_view request_id,
                                                     std::size_t events,
                                                     absl::Duration timeout) const {
  return core_->WaitFor(
      request_id, [events](const SeenRequest& seen) { return seen.events_sent >= events; },
      timeout);
}

absl::Status Simulator::Release(absl::string_view request_id, std::size_t events) {
  if (core_->journal.Release(request_id, events)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no request ", request_id));
}

void Simulator::Reset() {
  core_->Reset();
}

SimulatorStats Simulator::stats() const {
  return {core_->server->stats(), core_->journal.stats()};
}

}  // namespace fireworks::simulator
