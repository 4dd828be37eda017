#include "client/cpp/fwctl_completion.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/fwctl_commands.h"

namespace fireworks::client {
namespace {

// Each script asks fwctl itself, so that none has to know the commands. Without an answer
// the shell offers files.
constexpr char kBash[] = R"(# fwctl's completion for bash.
_fwctl() {
  local IFS=$'\n'
  COMPREPLY=($(fwctl completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _fwctl fwctl
)";

constexpr char kZsh[] = R"(#compdef fwctl
# fwctl's completion for zsh.
_fwctl() {
  local -a answers
  local answer
  for answer in "${(@f)$(fwctl completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$answer" ]] && answers+=("${${answer%%$'\t'*}//:/\\:}:${answer#*$'\t'}")
  done
  if (( ${#answers} )); then _describe fwctl answers; else _files; fi
}
compdef _fwctl fwctl
)";

constexpr char kFish[] = R"(# fwctl's completion for fish.
function __fwctl_words
  set -l words (commandline -opc) (commandline -ct)
  fwctl completion words -- $words[2..-1] 2>/dev/null
end
complete -c fwctl -a '(__fwctl_words)'
)";

constexpr char kDescription[] =
    R"(Prints a script that makes a shell complete commands, flags, their values and method
names:

  source <(fwctl completion bash)         in ~/.bashrc
  source <(fwctl completion zsh)          in ~/.zshrc, behind compinit
  fwctl completion fish | source          in ~/.config/fish/config.fish
)";

constexpr char kWordsDescription[] =
    R"(Prints what may stand in place of the last WORD, one a line, explanations behind a tab:
what the scripts ask. The words are those behind `fwctl`; the last one is what has
been written of it, perhaps nothing.

  fwctl completion words -- models li
)";

class Script final : public Invocation {
 public:
  explicit Script(const char* text) : text_(text) {}

  void AddFlags(FlagSet*) override {}

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (!words.empty()) return absl::InvalidArgumentError("there are no arguments");
    const absl::Status written = Print(text_);
    return written.ok() ? kOk : ReportWriteError(written);
  }

 private:
  const char* const text_;
};

class Words final : public Invocation {
 public:
  void AddFlags(FlagSet*) override {}

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    std::string text;
    for (const std::string& offer : Completions(FwctlCommands(), words)) {
      absl::StrAppend(&text, offer, "\n");
    }
    const absl::Status written = Print(text);
    return written.ok() ? kOk : ReportWriteError(written);
  }
};

Command ScriptCommand(const char* shell, const char* text) {
  Command command;
  command.name = shell;
  command.summary = absl::StrCat("the script for ", shell);
  command.description = kDescription;
  command.start = [text] { return std::make_unique<Script>(text); };
  return command;
}

}  // namespace

Command CompletionCommand() {
  Command command;
  command.name = "completion";
  command.summary = "print the script that completes fwctl in a shell";
  command.description = kDescription;
  command.commands = {ScriptCommand("bash", kBash), ScriptCommand("zsh", kZsh),
                      ScriptCommand("fish", kFish)};
  Command words;
  words.name = "words";
  words.summary = "what may stand in a place; asked by the scripts";
  words.arguments = "-- [WORD...]";
  words.description = kWordsDescription;
  words.start = [] { return std::make_unique<Words>(); };
  command.commands.push_back(std::move(words));
  return command;
}

}  // namespace fireworks::client
