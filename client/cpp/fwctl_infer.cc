#include "client/cpp/fwctl_infer.h"

#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cpp/command.h"
#include "client/cpp/completion_service_client.h"
#include "client/cpp/embedding_service_client.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/prompt.h"
#include "client/cpp/rerank_service_client.h"
#include "client/cpp/table.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::CompletionRequest;
using fireworks::inference::v1::CompletionStreamResponse;
using fireworks::inference::v1::Embedding;
using fireworks::inference::v1::EmbeddingRequest;
using fireworks::inference::v1::EmbeddingResponse;
using fireworks::inference::v1::RerankRequestBody;
using fireworks::inference::v1::RerankResponse;

constexpr char kCompleteDescription[] =
    R"(Lets a model go on from a prompt as it is, without roles or a chat template, and prints
what it writes as it arrives. The prompt is the arguments, joined by blanks, or stdin,
as in `fwctl chat`. Ctrl-C cancels the call, which stops the generation.

  fwctl complete --max-tokens 20 "Once upon a time"
)";

constexpr char kEmbedDescription[] =
    R"(Prints the embedding of each text, a line of JSON numbers in brackets, in the order of
the texts. Each argument is a text; without arguments, or with `-`, each line of stdin
that is not empty is one.

  fwctl embed --model accounts/fireworks/models/qwen3-embedding-8b "a cat" "a dog"
)";

constexpr char kRerankDescription[] =
    R"(Orders documents by how well they answer a query, best first. Each argument behind the
query is a document; with `-`, or with none, each line of stdin that is not empty is
one. INDEX counts the documents from 0 as they were given.

  fwctl rerank --model MODEL "What is a cat?" "an animal" "a car"
)";

class Complete final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    AddSamplingFlags(&sampling_, set);
    set->AddSwitch("json", "print each chunk as a line of JSON instead of text", &json_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    absl::StatusOr<std::string> prompt = ReadPrompt(words);
    if (!prompt.ok()) return prompt.status();
    CompletionRequest request;
    request.set_model(sampling_.model);
    request.mutable_prompt()->set_text(*std::move(prompt));
    if (sampling_.max_tokens) request.set_max_tokens(*sampling_.max_tokens);
    if (sampling_.temperature) request.set_temperature(*sampling_.temperature);
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    return Stream(CompletionServiceClient(*connection), request);
  }

 private:
  int Stream(const CompletionServiceClient& client, const CompletionRequest& request) {
    auto stream = client.StreamCompletion(request, call_.call);
    InterruptWatcher interrupt([&stream] { stream.Cancel(); });
    absl::Status written;
    for (const CompletionStreamResponse& chunk : stream) {
      written = Print(json_ ? JsonLine(chunk) : TextOf(chunk));
      if (!written.ok()) {
        stream.Cancel();
        break;
      }
    }
    const absl::Status& status = stream.Finish();
    if (written.ok() && in_line_) written = Print("\n");
    return written.ok() && interrupt.interrupted() ? kInterrupted
                                                   : ReportEnd(written, status, call_.target);
  }

  // Of the first choice, which is the only one unless somebody asked for more.
  std::string TextOf(const CompletionStreamResponse& chunk) {
    std::string text;
    for (const auto& choice : chunk.choices()) {
      if (choice.index() == 0) text += choice.text();
    }
    if (!text.empty()) in_line_ = text.back() != '\n';
    return terminal_ ? ForTerminal(text) : text;
  }

  SamplingFlags sampling_;
  CallFlags call_;
  bool json_ = false;
  const bool terminal_ = IsTerminal(STDOUT_FILENO);
  // Whether the last line that was printed has not ended.
  bool in_line_ = false;
};

// The model of a command that has no default for it.
void AddModel(std::string* model, FlagSet* set) {
  set->AddString("model", "MODEL", "the model, by resource name or by an alias of the service",
                 model);
}

absl::Status CheckModel(const std::string& model) {
  return model.empty() ? absl::InvalidArgumentError("--model is missing") : absl::OkStatus();
}

class Embed final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    AddModel(&model_, set);
    set->Add("dimensions", "N", "numbers per embedding, for models that can do with fewer",
             [this](absl::string_view text) { return SetPositive(text, &dimensions_); });
    set->AddSwitch("json", "print the whole answer as a line of JSON", &json_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    absl::Status good = CheckModel(model_);
    if (!good.ok()) return good;
    absl::StatusOr<std::vector<std::string>> texts = ReadTexts(words);
    if (!texts.ok()) return texts.status();
    EmbeddingRequest request;
    request.set_model(model_);
    auto* values = request.mutable_input()->mutable_texts()->mutable_values();
    for (std::string& text : *texts) *values->Add() = std::move(text);
    if (dimensions_) request.set_dimensions(*dimensions_);
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    ExitOnInterrupt();
    const auto response = EmbeddingServiceClient(*connection).CreateEmbedding(request, call_.call);
    if (!response.ok()) return ReportError(response.status(), call_.target);
    return ReportEnd(Print(json_ ? JsonLine(*response) : Lines(*response)), absl::OkStatus(),
                     call_.target);
  }

 private:
  static std::string Lines(const EmbeddingResponse& response) {
    // Where the answer does not tell the text, its place does.
    std::map<int, const Embedding*> by_text;
    for (int i = 0; i < response.data_size(); ++i) {
      const Embedding& embedding = response.data(i);
      by_text[embedding.has_index() ? embedding.index() : i] = &embedding;
    }
    std::string text;
    for (const auto& [index, embedding] : by_text) {
      const auto& numbers = embedding->embedding().numbers().values();
      absl::StrAppend(&text, "[",
                      absl::StrJoin(numbers, ", ",
                                    [](std::string* out, double number) {
                                      // Floats survive nine digits.
                                      absl::StrAppendFormat(out, "%.9g", number);
                                    }),
                      "]\n");
    }
    return text;
  }

  std::string model_;
  absl::optional<std::int32_t> dimensions_;
  bool json_ = false;
  CallFlags call_;
};

class Rerank final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    AddModel(&model_, set);
    set->Add("top", "N", "tell only the best N",
             [this](absl::string_view text) { return SetPositive(text, &top_); });
    set->AddSwitch("json", "print the whole answer as a line of JSON", &json_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    absl::Status good = CheckModel(model_);
    if (!good.ok()) return good;
    if (words.empty()) return absl::InvalidArgumentError("a query is missing");
    const absl::StatusOr<std::vector<std::string>> documents =
        ReadTexts({words.begin() + 1, words.end()});
    if (!documents.ok()) return documents.status();
    RerankRequestBody request;
    request.set_model(model_);
    request.set_query(words[0]);
    for (const std::string& document : *documents) request.add_documents(document);
    if (top_) request.set_top_n(*top_);
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    ExitOnInterrupt();
    const auto response = RerankServiceClient(*connection).Rerank(request, call_.call);
    if (!response.ok()) return ReportError(response.status(), call_.target);
    return ReportEnd(Print(json_ ? JsonLine(*response) : Rows(*response, *documents)),
                     absl::OkStatus(), call_.target);
  }

 private:
  static std::string Rows(const RerankResponse& response,
                          const std::vector<std::string>& documents) {
    Table table({{"SCORE", Table::Align::kRight}, {"INDEX", Table::Align::kRight}, {"DOCUMENT"}});
    for (const auto& result : response.data()) {
      const bool known =
          result.index() >= 0 && static_cast<std::size_t>(result.index()) < documents.size();
      table.AddRow({absl::StrFormat("%.4f", result.relevance_score()),
                    absl::StrCat(result.index()),
                    known ? documents[static_cast<std::size_t>(result.index())] : "-"});
    }
    return table.Render();
  }

  std::string model_;
  absl::optional<std::int32_t> top_;
  bool json_ = false;
  CallFlags call_;
};

}  // namespace

Command CompleteCommand() {
  Command command;
  command.name = "complete";
  command.summary = "let a model go on from a prompt";
  command.arguments = "[PROMPT...]";
  command.description = kCompleteDescription;
  command.start = [] { return std::make_unique<Complete>(); };
  return command;
}

Command EmbedCommand() {
  Command command;
  command.name = "embed";
  command.summary = "print the embeddings of texts";
  command.arguments = "[TEXT...]";
  command.description = kEmbedDescription;
  command.start = [] { return std::make_unique<Embed>(); };
  return command;
}

Command RerankCommand() {
  Command command;
  command.name = "rerank";
  command.summary = "order documents by how well they answer a query";
  command.arguments = "QUERY [DOCUMENT...]";
  command.description = kRerankDescription;
  command.start = [] { return std::make_unique<Rerank>(); };
  return command;
}

}  // namespace fireworks::client
