#include "client/cpp/fwctl_chat.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/attachment.h"
#include "client/cpp/call_summary.h"
#include "client/cpp/chat_accumulator.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/chat_renderer.h"
#include "client/cpp/chat_session.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using fireworks::inference::v1::ChatCompletionStreamResponse;
using fireworks::inference::v1::UsageInfo;

constexpr char kDescription[] =
    R"(Asks a model and prints its answer as it arrives. The prompt is the arguments,
joined by blanks. It is read from stdin when the only argument is `-`, or when
there is none and stdin is no terminal. Put `--` before a prompt that begins
with a dash.

Without a prompt on a terminal it is a session: each line is a turn, the model sees
the conversation so far, and /help tells what else there is.

  fwctl chat "Why is the sky blue?"
  git diff | fwctl chat --system "Review this change."
  fwctl chat --json "Count to three." | jq -r '.choices[].delta.content // empty'
  fwctl chat --image diagram.png "What is wrong here?"
  fwctl chat

On a terminal the model's reasoning comes first, in faint type; elsewhere it is
left out, so that a pipe gets the answer alone. Tool calls are shown when they
are complete. There is no colour when stdout is no terminal or NO_COLOR is set.
Ctrl-C cancels the call, which stops the generation; what has been printed stays.
)";

absl::Status SetReasoning(absl::string_view text, ChatFlags* flags) {
  if (text == "auto") {
    flags->reasoning = ShowReasoning::kAuto;
  } else if (text == "show") {
    flags->reasoning = ShowReasoning::kAlways;
  } else if (text == "hide") {
    flags->reasoning = ShowReasoning::kNever;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is none of auto, show, hide"));
  }
  return absl::OkStatus();
}

ChatRenderer MakeRenderer(const ChatFlags& flags) {
  ChatRenderer::Options options;
  options.terminal = IsTerminal(STDOUT_FILENO);
  options.color = UseColor(options.terminal, std::getenv("NO_COLOR"), std::getenv("TERM"));
  options.show_reasoning = flags.reasoning == ShowReasoning::kAuto
                               ? options.terminal
                               : flags.reasoning == ShowReasoning::kAlways;
  return ChatRenderer(options);
}

// Makes the call, prints what comes and gathers it in `answer`; returns the exit code.
int Ask(const ChatFlags& flags, const ChatCompletionServiceClient& client,
        const ChatCompletionRequest& request, ChatAccumulator* answer) {
  auto stream = client.StreamChatCompletion(request, flags.call.call);
  InterruptWatcher interrupt([&stream] { stream.Cancel(); });
  ChatRenderer renderer = MakeRenderer(flags);
  absl::Status written;
  for (const ChatCompletionStreamResponse& chunk : stream) {
    answer->Add(chunk);
    written = Print(flags.json ? JsonLine(chunk) : renderer.Render(chunk));
    if (!written.ok()) {
      stream.Cancel();
      break;
    }
  }
  const absl::Status& status = stream.Finish();
  if (written.ok() && !flags.json) written = Print(renderer.Finish());

  if (!written.ok()) return ReportWriteError(written);
  if (interrupt.interrupted()) return kInterrupted;
  const int exit_code = status.ok() ? kOk : ReportError(status, flags.call.target);
  if (!flags.json && renderer.finish_reason() == "length") {
    PrintToStderr("note: the answer was cut off at the token limit; see --max-tokens\n");
  }
  if (flags.usage && exit_code != kUnreachable) {
    absl::optional<UsageInfo> usage;
    if (answer->response().has_usage()) usage = answer->response().usage();
    PrintToStderr(ForTerminal(SummarizeCall(
        usage, [&stream](absl::string_view name) { return stream.Trailer(name); })));
  }
  return exit_code;
}

class ChatInvocation final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    AddChatFlags(&flags_, set);
    const auto add_part = [this, set](const char* name, const char* value_name, const char* help,
                                      absl::StatusOr<ChatSession::Part> (*part_of)(
                                          const std::string&)) {
      set->Add(name, value_name, help, [this, part_of](absl::string_view text) {
        absl::StatusOr<ChatSession::Part> part = part_of(std::string(text));
        if (part.ok()) attachments_.push_back(*std::move(part));
        return part.status();
      });
    };
    add_part("image", "FILE|URL", "send an image along; may be repeated", ImagePart);
    add_part("file", "FILE", "send a text file along; may be repeated", FilePart);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    const bool session = words.empty() && IsTerminal(STDIN_FILENO);
    absl::StatusOr<std::string> prompt = session ? std::string() : ReadPrompt(words);
    if (!prompt.ok()) return prompt.status();
    const auto connection = ConnectTo(flags_.call);
    if (!connection.ok()) return connection.status();
    const ChatCompletionServiceClient client(*connection);
    const auto ask = [this, &client](const ChatCompletionRequest& request,
                                     ChatAccumulator* answer) {
      return Ask(flags_, client, request, answer);
    };
    ChatCompletionRequest request = OpenChatRequest(flags_);
    if (session) return ChatSession(std::move(request), attachments_, ask).Run();
    AddUserMessage(*prompt, attachments_, &request);
    ChatAccumulator answer;
    return ask(request, &answer);
  }

 private:
  ChatFlags flags_;
  std::vector<ChatSession::Part> attachments_;
};

}  // namespace

void AddChatFlags(ChatFlags* flags, FlagSet* set) {
  AddSamplingFlags(&flags->sampling, set);
  set->AddString("system", "TEXT", "the system message", &flags->system);
  set->Add("reasoning", "auto|show|hide",
           "show the reasoning; auto, the default: on a terminal",
           [flags](absl::string_view text) { return SetReasoning(text, flags); });
  set->AddSwitch("usage", "print token counts and timings to stderr at the end", &flags->usage);
  set->AddSwitch("json", "print each chunk as a line of JSON instead of text", &flags->json);
  AddCallFlags(&flags->call, set);
}

ChatCompletionRequest OpenChatRequest(const ChatFlags& flags) {
  ChatCompletionRequest request;
  request.set_model(flags.sampling.model);
  if (flags.system) {
    auto* message = request.add_messages();
    message->set_role("system");
    message->mutable_content()->set_text(*flags.system);
  }
  if (flags.sampling.max_tokens) request.set_max_tokens(*flags.sampling.max_tokens);
  if (flags.sampling.temperature) request.set_temperature(*flags.sampling.temperature);
  // Some models tell usage only when asked.
  if (flags.usage) request.mutable_stream_options()->set_include_usage(true);
  return request;
}

Command ChatCommand() {
  Command command;
  command.name = "chat";
  command.summary = "ask a model and print its answer as it arrives";
  command.arguments = "[PROMPT...]";
  command.description = kDescription;
  command.start = [] { return std::make_unique<ChatInvocation>(); };
  return command;
}

}  // namespace fireworks::client
