#include "tests/simulator/inference.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/simulator/chat.h"
#include "tests/simulator/chat_request.h"
#include "tests/simulator/completion.h"
#include "tests/simulator/completion_request.h"
#include "tests/simulator/embedding.h"
#include "tests/simulator/engine_json.h"
#include "tests/simulator/errors.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/message.h"
#include "tests/simulator/message_request.h"
#include "tests/simulator/rerank.h"
#include "tests/simulator/response.h"
#include "tests/simulator/response_request.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kResponsesPath[] = "/inference/v1/responses";
constexpr std::size_t kDefaultListSize = 20;
constexpr std::size_t kMaxListSize = 100;

// Tests need one name that is sure not to exist, and freedom with the others.
bool ModelExists(absl::string_view model) {
  return !absl::StartsWith(model.substr(model.rfind('/') + 1), "missing");
}

AnswerIdentity NewIdentity(const InferenceCall& call, absl::string_view prefix) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {HexId(prefix, Mix(StableHash(call.request.body), call.serial)),
          std::chrono::duration_cast<std::chrono::seconds>(now).count()};
}

InferenceAnswer Whole(HttpResponse response) { return {std::move(response), nullptr}; }

InferenceAnswer Whole(std::string body, const Headers& headers = {}) {
  HttpResponse response = JsonResponse(200, std::move(body));
  response.headers.insert(response.headers.end(), headers.begin(), headers.end());
  return Whole(std::move(response));
}

InferenceAnswer Streamed(std::unique_ptr<EventSource> events, Headers headers = {}) {
  return {HttpResponse{200, std::move(headers), {}}, std::move(events)};
}

}  // namespace

InferenceApi::InferenceApi(std::function<std::string()> catalogue, bool lax)
    : catalogue_(std::move(catalogue)), lax_(lax) {}

const std::vector<InferenceApi::Operation>& InferenceApi::Operations() {
  static const auto* const kOperations = new std::vector<Operation>{
      {"/inference/v1/chat/completions", "chatcmpl-", false, ValidateChatRequest,
       &InferenceApi::Chat},
      {"/inference/v1/completions", "cmpl-", false, ValidateCompletionRequest,
       &InferenceApi::Complete},
      {kResponsesPath, "resp_", false, ValidateResponseRequest, &InferenceApi::Respond},
      {"/inference/v1/messages", "msg_", true, ValidateMessageRequest,
       &InferenceApi::WriteMessage},
      {"/inference/v1/embeddings", "", false, ValidateEmbeddingRequest, &InferenceApi::Embed},
      {"/inference/v1/rerank", "", false, ValidateRerankRequest, &InferenceApi::Rerank},
  };
  return *kOperations;
}

InferenceAnswer InferenceApi::Answer(const InferenceCall& call) {
  const bool lists_responses =
      call.request.method == "GET" && call.request.path() == kResponsesPath;
  for (const Operation& operation : Operations()) {
    if (call.request.path() == operation.path && !lists_responses) return Post(operation, call);
  }
  if (!call.authorized) return Whole(InferenceUnauthorized());
  if (call.directives.status) {
    return Whole(CannedError(*call.directives.status, call.directives.body, call.request_id));
  }
  return Other(call);
}

void InferenceApi::Reset() { responses_->Clear(); }

InferenceAnswer InferenceApi::Post(const Operation& operation, const InferenceCall& call) {
  const auto refuse = [&](HttpResponse response, const std::string& message) {
    return Whole(operation.anthropic_errors
                     ? AnthropicError(response.status, message, call.request_id)
                     : std::move(response));
  };
  const Directives& directives = call.directives;
  if (!call.authorized) return refuse(InferenceUnauthorized(), "the key is not valid");
  if (call.request.method != "POST") {
    return refuse(GatewayError(405, "METHOD_NOT_ALLOWED", "use POST", call.request_id), "use POST");
  }
  if (directives.status) {
    HttpResponse canned = CannedError(*directives.status, directives.body, call.request_id);
    if (!directives.body.empty()) return Whole(std::move(canned));
    return refuse(std::move(canned), "the simulator was told to refuse");
  }
  const std::vector<std::string> refusals =
      call.body.is_discarded() ? std::vector<std::string>{"the body is not valid JSON"}
                               : operation.validate(call.body, lax_);
  if (!refusals.empty()) return refuse(EngineInvalidRequest(refusals), JoinRefusals(refusals));
  if (!ModelExists(Get<std::string>(call.body, "model", ""))) {
    const std::string words = "Model not found or not deployed";
    return refuse(GatewayError(404, "NOT_FOUND", words, call.request_id), words);
  }
  return (this->*operation.answer)(call, NewIdentity(call, operation.id_prefix));
}

InferenceAnswer InferenceApi::Other(const InferenceCall& call) {
  if (call.request.path() == "/inference/v1/models" && call.request.method == "GET") {
    return Whole(catalogue_());
  }
  absl::string_view path = call.request.path();
  if (path == kResponsesPath) {
    std::size_t limit = kDefaultListSize;
    (void)absl::SimpleAtoi(call.request.Query("limit"), &limit);
    return Whole(responses_
                     ->List(std::min(limit, kMaxListSize), call.request.Query("after"),
                            call.request.Query("before"))
                     .dump());
  }
  if (absl::ConsumePrefix(&path, kResponsesPath) && absl::ConsumePrefix(&path, "/")) {
    return Stored(call, PercentDecode(path));
  }
  return Whole(GatewayError(404, "NOT_FOUND", "no such path", call.request_id));
}

InferenceAnswer InferenceApi::Stored(const InferenceCall& call, const std::string& id) {
  if (call.request.method == "DELETE" && responses_->Delete(id)) {
    return Whole(Json({{"message", absl::StrCat("Response ", id, " is deleted.")}}).dump());
  }
  if (call.request.method == "GET") {
    if (const std::optional<StoredResponse> stored = responses_->Find(id); stored) {
      return Whole(stored->response.dump());
    }
  }
  return Whole(GatewayError(404, "NOT_FOUND", "no such response", call.request_id));
}

InferenceAnswer InferenceApi::Chat(const InferenceCall& call, const AnswerIdentity& identity) {
  GenerationRequest request = ParseChatRequest(call.body);
  Generation generation = Generate(request, call.directives);
  Headers headers = EngineHeaders(request, generation);
  if (!request.stream) {
    return Whole(ChatBody(request, generation, call.directives, identity), headers);
  }
  return Streamed(ChatEvents(std::move(request), std::move(generation), call.directives, identity),
                  std::move(headers));
}

InferenceAnswer InferenceApi::Complete(const InferenceCall& call, const AnswerIdentity& identity) {
  CompletionRequest request = ParseCompletionRequest(call.body);
  Generation generation = simulator::Complete(request, call.directives);
  Headers headers = EngineHeaders(request.settings, generation);
  if (!request.settings.stream) {
    return Whole(CompletionBody(request, generation, call.directives, identity), headers);
  }
  return Streamed(
      CompletionEvents(std::move(request), std::move(generation), call.directives, identity),
      std::move(headers));
}

InferenceAnswer InferenceApi::Respond(const InferenceCall& call, const AnswerIdentity& identity) {
  std::string conversation;
  if (Has(call.body, "previous_response_id")) {
    std::optional<StoredResponse> previous =
        responses_->Find(call.body["previous_response_id"].get<std::string>());
    if (!previous) {
      return Whole(GatewayError(404, "NOT_FOUND", "no such previous response", call.request_id));
    }
    conversation = std::move(previous->conversation);
  }
  ResponseRequest request = ParseResponseRequest(call.body, conversation);
  Generation generation = Generate(request.generation, call.directives);
  const auto keep = [store = request.store ? responses_ : nullptr,
                     told = absl::StrCat(request.generation.prompt, "<|assistant|>",
                                         generation.choices[0].content.All())](Json response) {
    if (store != nullptr) store->Add({std::move(response), told});
  };
  if (request.generation.stream) {
    return Streamed(ResponseEvents(std::move(request), std::move(generation), call.directives,
                                   identity, keep));
  }
  const Json response = ResponseJson(request, generation, call.directives, identity);
  keep(response);
  return Whole(response.dump());
}

InferenceAnswer InferenceApi::WriteMessage(const InferenceCall& call,
                                           const AnswerIdentity& identity) {
  GenerationRequest request = ParseMessageRequest(call.body);
  Generation generation = Generate(request, call.directives);
  if (!request.stream) return Whole(MessageBody(request, generation, call.directives, identity));
  return Streamed(
      MessageEvents(std::move(request), std::move(generation), call.directives, identity));
}

InferenceAnswer InferenceApi::Embed(const InferenceCall& call, const AnswerIdentity&) {
  return Whole(EmbeddingBody(call.body));
}

InferenceAnswer InferenceApi::Rerank(const InferenceCall& call, const AnswerIdentity&) {
  return Whole(RerankBody(call.body));
}

}  // namespace fireworks::simulator
