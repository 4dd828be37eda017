#include "tests/simulator/router.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tests/simulator/errors.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kNotFound = 5;

bool IsInference(const HttpRequest& request) {
  return absl::StartsWith(request.path(), "/inference/");
}

bool Authorized(const HttpRequest& request) {
  absl::string_view key = FindHeader(request.headers, "authorization");
  return absl::ConsumePrefix(&key, "Bearer ") && !key.empty() && key != "bad-key";
}

// metadata.simulator of any body, also of one that will be refused.
std::string MetadataDirectives(const Json& body) {
  if (!body.is_object() || !body.contains("metadata") || !body["metadata"].is_object()) return {};
  const Json& metadata = body["metadata"];
  const auto found = metadata.find("simulator");
  return found != metadata.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Router::Router(Journal* journal, ResourceApi* resources, bool lax)
    : journal_(journal),
      resources_(resources),
      inference_([resources] { return resources->Catalogue(); }, lax) {}

std::unique_ptr<Reply> Router::Handle(HttpRequest request, Waker waker) {
  const JournalEntry entry{journal_, journal_->Open(request, std::move(waker))};
  const std::string& request_id = entry.record->request_id();
  const Json body = IsInference(request)
                        ? Json::parse(request.body, nullptr, /*allow_exceptions=*/false)
                        : Json();
  const absl::StatusOr<Directives> found =
      FindDirectives(request.headers, MetadataDirectives(body));
  const Directives directives = found.ok() ? *found : Directives();
  InferenceAnswer answer;
  if (!found.ok()) {
    answer.response = EngineInvalidRequest({std::string(found.status().message())});
  } else if (IsInference(request)) {
    answer = inference_.Answer({request, body, directives, Authorized(request), request_id,
                                entry.record->id()});
  } else {
    answer.response = Manage(request, directives, request_id);
  }
  answer.response.headers.emplace_back("x-request-id", request_id);
  if (answer.events == nullptr) {
    return MakeUnaryReply(std::move(answer.response), directives, entry, request.keep_alive);
  }
  return MakeEventReply(std::move(answer.response.headers), std::move(answer.events), directives,
                        entry, request.keep_alive);
}

void Router::Reset() { inference_.Reset(); }

HttpResponse Router::Manage(const HttpRequest& request, const Directives& directives,
                            const std::string& request_id) {
  if (!Authorized(request)) return ManagementUnauthorized(request_id);
  if (directives.status) return CannedError(*directives.status, directives.body, request_id);
  if (absl::StartsWith(request.path(), "/v1/")) return resources_->Handle(request);
  return StatusError(kNotFound, "Not Found");
}

}  // namespace fireworks::simulator
