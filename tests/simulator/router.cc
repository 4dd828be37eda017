#include "tests/simulator/router.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/simulator/chat.h"
#include "tests/simulator/chat_request.h"
#include "tests/simulator/errors.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kChatPath[] = "/inference/v1/chat/completions";
constexpr int kNotFound = 5;

bool IsInference(const HttpRequest& request) {
  return absl::StartsWith(request.path(), "/inference/");
}

bool Authorized(const HttpRequest& request) {
  absl::string_view key = FindHeader(request.headers, "authorization");
  return absl::ConsumePrefix(&key, "Bearer ") && !key.empty() && key != "bad-key";
}

bool IsModels(const HttpRequest& request) {
  const std::vector<absl::string_view> parts = absl::StrSplit(request.path(), '/');
  return parts.size() >= 5 && parts[1] == "v1" && parts[2] == "accounts" && parts[4] == "models";
}

// Tests need one name that is sure not to exist, and freedom with the others.
bool ModelExists(absl::string_view model) {
  return !absl::StartsWith(model.substr(model.rfind('/') + 1), "missing");
}

// metadata.simulator of any body, also of one that will be refused.
std::string MetadataDirectives(const Json& body) {
  if (!body.is_object() || !body.contains("metadata") || !body["metadata"].is_object()) return {};
  const Json& metadata = body["metadata"];
  const auto found = metadata.find("simulator");
  return found != metadata.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ChatIdentity NewIdentity(const ChatRequest& request, std::uint64_t record_id) {
  const std::uint64_t high = Mix(request.seed, record_id);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {absl::StrCat("chatcmpl-", absl::Hex(high, absl::kZeroPad16),
                       absl::Hex(Mix(high, 1), absl::kZeroPad16)),
          std::chrono::duration_cast<std::chrono::seconds>(now).count()};
}

}  // namespace

Router::Router(Journal* journal, ModelsStore* models, bool lax)
    : journal_(journal), models_(models), lax_(lax) {}

std::unique_ptr<Reply> Router::Handle(HttpRequest request, Waker waker) {
  JournalEntry entry{journal_, journal_->Open(request, std::move(waker))};
  if (request.path() == kChatPath) return Chat(request, std::move(entry));
  const std::string request_id = entry.record->request_id();
  const absl::StatusOr<Directives> directives = FindDirectives(request.headers, "");
  if (!directives.ok()) {
    return Respond(EngineInvalidRequest({std::string(directives.status().message())}), {},
                   std::move(entry), request.keep_alive);
  }
  return Respond(directives->status && Authorized(request)
                     ? CannedError(*directives->status, directives->body, request_id)
                     : Unary(request, request_id),
                 *directives, std::move(entry), request.keep_alive);
}

HttpResponse Router::Unary(const HttpRequest& request, const std::string& request_id) {
  if (!Authorized(request)) {
    return IsInference(request) ? InferenceUnauthorized() : ManagementUnauthorized(request_id);
  }
  if (IsModels(request)) return models_->Handle(request);
  if (request.path() == "/inference/v1/models" && request.method == "GET") {
    return JsonResponse(200, models_->Catalogue());
  }
  if (IsInference(request)) return GatewayError(404, "NOT_FOUND", "no such path", request_id);
  return StatusError(kNotFound, "Not Found");
}

std::unique_ptr<Reply> Router::Chat(const HttpRequest& request, JournalEntry entry) {
  const std::string request_id = entry.record->request_id();
  const Json body = Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  const absl::StatusOr<Directives> directives =
      FindDirectives(request.headers, MetadataDirectives(body));
  const auto refuse = [&](HttpResponse response) {
    return Respond(std::move(response), directives.ok() ? *directives : Directives(),
                   std::move(entry), request.keep_alive);
  };
  if (!Authorized(request)) return refuse(InferenceUnauthorized());
  if (request.method != "POST") {
    return refuse(GatewayError(405, "METHOD_NOT_ALLOWED", "use POST", request_id));
  }
  if (!directives.ok()) {
    return refuse(EngineInvalidRequest({std::string(directives.status().message())}));
  }
  if (directives->status) {
    return refuse(CannedError(*directives->status, directives->body, request_id));
  }
  if (body.is_discarded()) return refuse(EngineInvalidRequest({"the body is not valid JSON"}));
  const std::vector<std::string> refusals = ValidateChatRequest(body, lax_);
  if (!refusals.empty()) return refuse(EngineInvalidRequest(refusals));
  ChatRequest chat = ParseChatRequest(body);
  if (!ModelExists(chat.model)) {
    return refuse(GatewayError(404, "NOT_FOUND", "Model not found or not deployed", request_id));
  }

  const ChatIdentity identity = NewIdentity(chat, entry.record->id());
  Headers headers = ChatHeaders(chat, *directives);
  if (!chat.stream) {
    HttpResponse response = JsonResponse(200, ChatBody(chat, *directives, identity));
    response.headers.insert(response.headers.end(), headers.begin(), headers.end());
    return Respond(std::move(response), *directives, std::move(entry), request.keep_alive);
  }
  headers.emplace_back("x-request-id", request_id);
  return MakeEventReply(std::move(headers), ChatEvents(std::move(chat), *directives, identity),
                        *directives, std::move(entry), request.keep_alive);
}

std::unique_ptr<Reply> Router::Respond(HttpResponse response, const Directives& directives,
                                       JournalEntry entry, bool keep_alive) const {
  response.headers.emplace_back("x-request-id", entry.record->request_id());
  return MakeUnaryReply(std::move(response), directives, std::move(entry), keep_alive);
}

}  // namespace fireworks::simulator
