#include "client/cpp/fwctl_chat.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cpp/call_summary.h"
#include "client/cpp/chat_renderer.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using fireworks::inference::v1::ChatCompletionStreamResponse;
using fireworks::inference::v1::UsageInfo;

constexpr char kCommand[] = "fwctl chat";
constexpr char kDefaultModel[] = "accounts/fireworks/models/kimi-k2-instruct-0905";
// The service takes no larger message.
constexpr std::size_t kMaxPromptBytes = 64 << 20;

constexpr char kUsage[] = R"(Usage: fwctl chat [flags] [PROMPT...]

Asks a model and prints its answer as it arrives. The prompt is the arguments,
joined by blanks. It is read from stdin when the only argument is `-`, or when
there is none and stdin is no terminal. Put `--` before a prompt that begins
with a dash.

  fwctl chat "Why is the sky blue?"
  git diff | fwctl chat --system "Review this change."
  fwctl chat --json "Count to three." | jq -r '.choices[].delta.content // empty'

On a terminal the model's reasoning comes first, in faint type; elsewhere it is
left out, so that a pipe gets the answer alone. Tool calls are shown when they
are complete. There is no colour when stdout is no terminal or NO_COLOR is set.
Ctrl-C cancels the call, which stops the generation; what has been printed stays.

Flags:
)";

absl::Status SetMaxTokens(absl::string_view text, ChatFlags* flags) {
  std::int32_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 1) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number above 0"));
  }
  flags->max_tokens = value;
  return absl::OkStatus();
}

absl::Status SetTemperature(absl::string_view text, ChatFlags* flags) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number"));
  }
  flags->temperature = value;
  return absl::OkStatus();
}

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

absl::StatusOr<std::string> ReadStdin() {
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return absl::InvalidArgumentError(absl::StrCat("stdin: ", std::strerror(errno)));
    }
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxPromptBytes) {
      return absl::InvalidArgumentError("the prompt on stdin is larger than 64 MiB");
    }
  }
}

// The prompt that the arguments stand for; see kUsage.
absl::StatusOr<std::string> ReadPrompt(const std::vector<std::string>& arguments) {
  std::string prompt = absl::StrJoin(arguments, " ");
  const bool from_stdin = prompt == "-" || (arguments.empty() && !IsTerminal(STDIN_FILENO));
  if (from_stdin) {
    absl::StatusOr<std::string> text = ReadStdin();
    if (!text.ok()) return text.status();
    prompt = *std::move(text);
    // The newline that ends a file is not meant.
    if (absl::EndsWith(prompt, "\n")) prompt.pop_back();
  }
  if (prompt.empty()) return absl::InvalidArgumentError("there is no prompt");
  if (!IsUtf8(prompt)) return absl::InvalidArgumentError("the prompt is not UTF-8");
  return prompt;
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

// Makes the call and prints what comes; returns the exit code.
int Chat(const ChatFlags& flags, const ChatCompletionRequest& request) {
  const auto connection = ConnectTo(flags.call);
  if (!connection.ok()) return ReportUsageError(kCommand, connection.status());
  auto stream = ChatCompletionServiceClient(*connection)
                    .StreamChatCompletion(request, flags.call.call);
  InterruptWatcher interrupt([&stream] { stream.Cancel(); });
  ChatRenderer renderer = MakeRenderer(flags);
  absl::optional<UsageInfo> usage;
  absl::Status written;
  for (const ChatCompletionStreamResponse& chunk : stream) {
    if (chunk.has_usage()) usage = chunk.usage();
    written = Print(flags.call.json ? JsonLine(chunk) : renderer.Render(chunk));
    if (!written.ok()) {
      stream.Cancel();
      break;
    }
  }
  const absl::Status& status = stream.Finish();
  if (written.ok() && !flags.call.json) written = Print(renderer.Finish());

  if (!written.ok()) return ReportWriteError(written);
  if (interrupt.interrupted()) return kInterrupted;
  const int exit_code = status.ok() ? kOk : ReportError(status, flags.call.target);
  if (!flags.call.json && renderer.finish_reason() == "length") {
    PrintToStderr("note: the answer was cut off at the token limit; see --max-tokens\n");
  }
  if (flags.usage && exit_code != kUnreachable) {
    PrintToStderr(ForTerminal(SummarizeCall(
        usage, [&stream](absl::string_view name) { return stream.Trailer(name); })));
  }
  return exit_code;
}

}  // namespace

void AddChatFlags(ChatFlags* flags, FlagSet* set) {
  flags->model = FromEnvironment("FWCTL_MODEL", kDefaultModel);
  set->AddString("model", "MODEL",
                 absl::StrCat("the model, by resource name or by an alias of the service\n"
                              "(default: $FWCTL_MODEL, else\n",
                              kDefaultModel, ")"),
                 &flags->model);
  set->AddString("system", "TEXT", "the system message", &flags->system);
  set->Add("max-tokens", "N", "most tokens to generate, reasoning included",
           [flags](absl::string_view text) { return SetMaxTokens(text, flags); });
  set->Add("temperature", "T", "randomness, 0 to 2",
           [flags](absl::string_view text) { return SetTemperature(text, flags); });
  set->Add("reasoning", "WHEN",
           "show the reasoning: auto (on a terminal; the default), show or hide",
           [flags](absl::string_view text) { return SetReasoning(text, flags); });
  set->AddSwitch("usage", "print token counts and timings to stderr at the end", &flags->usage);
  AddCallFlags("print each chunk as a line of JSON instead of text", &flags->call, set);
}

ChatCompletionRequest MakeChatRequest(const ChatFlags& flags, absl::string_view prompt) {
  ChatCompletionRequest request;
  request.set_model(flags.model);
  const auto add_message = [&request](const char* role, absl::string_view text) {
    auto* message = request.add_messages();
    message->set_role(role);
    message->mutable_content()->set_text(std::string(text));
  };
  if (flags.system) add_message("system", *flags.system);
  add_message("user", prompt);
  if (flags.max_tokens) request.set_max_tokens(*flags.max_tokens);
  if (flags.temperature) request.set_temperature(*flags.temperature);
  // Some models tell usage only when asked.
  if (flags.usage) request.mutable_stream_options()->set_include_usage(true);
  return request;
}

int RunChat(const std::vector<std::string>& arguments) {
  ChatFlags flags;
  FlagSet set;
  AddChatFlags(&flags, &set);
  const absl::StatusOr<std::vector<std::string>> words = set.Parse(arguments);
  if (!words.ok()) return ReportUsageError(kCommand, words.status());
  if (flags.call.help) {
    const absl::Status written = Print(absl::StrCat(kUsage, set.Help(), "\n", kExitCodesHelp));
    return written.ok() ? kOk : ReportWriteError(written);
  }
  for (const std::string& text : {flags.model, flags.system.value_or("")}) {
    if (!IsUtf8(text)) {
      return ReportUsageError(kCommand, absl::InvalidArgumentError("a flag is not UTF-8"));
    }
  }
  const absl::StatusOr<std::string> prompt = ReadPrompt(*words);
  if (!prompt.ok()) return ReportUsageError(kCommand, prompt.status());
  return Chat(flags, MakeChatRequest(flags, *prompt));
}

}  // namespace fireworks::client
