#include "client/cpp/prompt.h"

#include <unistd.h>

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cpp/command.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

constexpr char kDefaultModel[] = "accounts/fireworks/models/kimi-k2-instruct-0905";

absl::Status SetTemperature(absl::string_view text, absl::optional<double>* temperature) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number"));
  }
  *temperature = value;
  return absl::OkStatus();
}

bool StandForStdin(const std::vector<std::string>& arguments) {
  return arguments.empty() ? !IsTerminal(STDIN_FILENO)
                           : arguments.size() == 1 && arguments[0] == "-";
}

absl::StatusOr<std::string> ReadUtf8() {
  absl::StatusOr<std::string> text = ReadInput("-");
  if (text.ok() && !IsUtf8(*text)) return absl::InvalidArgumentError("stdin is not UTF-8");
  return text;
}

}  // namespace

void AddSamplingFlags(SamplingFlags* flags, FlagSet* set) {
  flags->model = FromEnvironment("FWCTL_MODEL", kDefaultModel);
  set->AddString("model", "MODEL",
                 absl::StrCat("the model, by resource name or by an alias of the service\n"
                              "(default: $FWCTL_MODEL, else\n",
                              kDefaultModel, ")"),
                 &flags->model);
  set->Add("max-tokens", "N", "most tokens to generate, reasoning included",
           [flags](absl::string_view text) { return SetPositive(text, &flags->max_tokens); });
  set->Add("temperature", "T", "randomness, 0 to 2",
           [flags](absl::string_view text) { return SetTemperature(text, &flags->temperature); });
}

absl::Status SetPositive(absl::string_view text, absl::optional<std::int32_t>* value) {
  std::int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number above 0"));
  }
  *value = number;
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPrompt(const std::vector<std::string>& arguments) {
  std::string prompt = absl::StrJoin(arguments, " ");
  if (StandForStdin(arguments)) {
    absl::StatusOr<std::string> text = ReadUtf8();
    if (!text.ok()) return text.status();
    prompt = *std::move(text);
    // The newline that ends a file is not meant.
    if (absl::EndsWith(prompt, "\n")) prompt.pop_back();
  }
  if (prompt.empty()) return absl::InvalidArgumentError("there is no prompt");
  return prompt;
}

absl::StatusOr<std::vector<std::string>> ReadTexts(const std::vector<std::string>& arguments) {
  std::vector<std::string> texts = arguments;
  if (StandForStdin(arguments)) {
    const absl::StatusOr<std::string> text = ReadUtf8();
    if (!text.ok()) return text.status();
    texts = absl::StrSplit(*text, '\n', absl::SkipEmpty());
  }
  if (texts.empty()) return absl::InvalidArgumentError("there is no text");
  return texts;
}

}  // namespace fireworks::client
