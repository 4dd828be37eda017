#include "client/cpp/command_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/cpp/command.h"
#include "client/cpp/suggestion.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

constexpr std::size_t kSummaryColumn = 24;

const Command* Find(const Command& group, absl::string_view name) {
  const auto found = std::find_if(group.commands.begin(), group.commands.end(),
                                  [name](const Command& command) { return command.name == name; });
  return found == group.commands.end() ? nullptr : &*found;
}

bool AsksForHelp(absl::string_view word) {
  return word == "--help" || word == "-h" || word == "help";
}

// The flags of a run, with the one that all commands have.
FlagSet FlagsOf(Invocation* invocation, bool* help) {
  FlagSet set;
  invocation->AddFlags(&set);
  set.AddSwitch("help", "show this help", help);
  set.AlsoAs('h');
  return set;
}

void AppendCommands(const Command& group, std::string* text) {
  absl::StrAppend(text, "\nCommands:\n");
  for (const Command& command : group.commands) {
    std::string head = absl::StrCat("  ", command.name);
    head.resize(std::max(kSummaryColumn, head.size() + 2), ' ');
    absl::StrAppend(text, head, command.summary, "\n");
  }
}

std::string Help(const Command& command, absl::string_view path, const FlagSet* flags) {
  std::string text = absl::StrCat("Usage: ", path);
  if (flags != nullptr) {
    absl::StrAppend(&text, " [flags]", command.arguments.empty() ? "" : " ", command.arguments);
  } else {
    absl::StrAppend(&text, " COMMAND [flags] [arguments]");
  }
  absl::StrAppend(&text, "\n\n", command.description);
  if (flags != nullptr) {
    absl::StrAppend(&text, "\nFlags:\n", flags->Help());
  } else {
    AppendCommands(command, &text);
    absl::StrAppend(&text, "\nTry '", path, " COMMAND --help' for a command's own.\n");
  }
  absl::StrAppend(&text, "\n",
                  command.exit_codes.empty() ? std::string(kExitCodesHelp) : command.exit_codes);
  return text;
}

int Show(const std::string& help) {
  const absl::Status written = Print(help);
  return written.ok() ? kOk : ReportWriteError(written);
}

absl::Status CheckUtf8(const std::vector<std::string>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const std::string& argument) { return IsUtf8(argument); })
             ? absl::OkStatus()
             : absl::InvalidArgumentError("an argument is not UTF-8");
}

int RunLeaf(const Command& command, const std::string& path,
            const std::vector<std::string>& arguments) {
  const absl::Status readable = CheckUtf8(arguments);
  if (!readable.ok()) return ReportUsageError(path, readable);
  const std::unique_ptr<Invocation> invocation = command.start();
  bool help = false;
  const FlagSet set = FlagsOf(invocation.get(), &help);
  const absl::StatusOr<std::vector<std::string>> words = set.Parse(arguments);
  if (!words.ok()) return ReportUsageError(path, words.status());
  if (help) return Show(Help(command, path, &set));
  const absl::StatusOr<int> exit_code = invocation->Run(*words);
  return exit_code.ok() ? *exit_code : ReportUsageError(path, exit_code.status());
}

int Run(const Command& command, const std::string& path,
        const std::vector<std::string>& arguments) {
  if (command.start != nullptr) return RunLeaf(command, path, arguments);
  if (arguments.empty()) {
    PrintToStderr(Help(command, path, nullptr));
    return kUsageError;
  }
  const std::string& name = arguments[0];
  if (AsksForHelp(name)) return Show(Help(command, path, nullptr));
  if (const Command* next = Find(command, name)) {
    return Run(*next, absl::StrCat(path, " ", name), {arguments.begin() + 1, arguments.end()});
  }
  std::vector<std::string> names;
  for (const Command& known : command.commands) names.push_back(known.name);
  return ReportUsageError(
      path, absl::InvalidArgumentError(absl::StrCat("unknown command '", name, "'",
                                                    DidYouMean(Suggestions(name, names)))));
}

void Offer(absl::string_view word, absl::string_view explanation, absl::string_view begun,
           std::vector<std::string>* offers) {
  if (!absl::StartsWith(word, begun)) return;
  const std::vector<absl::string_view> lines =
      absl::StrSplit(explanation, absl::MaxSplits('\n', 1));
  offers->push_back(explanation.empty() ? std::string(word) : absl::StrCat(word, "\t", lines[0]));
}

void OfferFlags(const FlagSet& set, absl::string_view begun, std::vector<std::string>* offers) {
  for (const FlagSet::Flag& flag : set.flags()) {
    Offer(absl::StrCat("--", flag.name), flag.help, begun, offers);
  }
}

// What may stand in place of the last of `words`, which are behind the name of `command`.
std::vector<std::string> CompleteLeaf(const Command& command,
                                      const std::vector<std::string>& words) {
  const std::unique_ptr<Invocation> invocation = command.start();
  bool help = false;
  const FlagSet set = FlagsOf(invocation.get(), &help);
  std::size_t positional = 0;
  const FlagSet::Flag* awaiting = nullptr;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (std::exchange(awaiting, nullptr) != nullptr) continue;
    const FlagSet::Flag* flag = set.Find(words[i]);
    if (flag != nullptr && !flag->value_name.empty()) awaiting = flag;
    if (!absl::StartsWith(words[i], "-")) ++positional;
  }
  std::vector<std::string> offers;
  const std::string& begun = words.back();
  if (awaiting != nullptr) {
    if (!absl::StrContains(awaiting->value_name, '|')) return offers;
    for (absl::string_view value : absl::StrSplit(awaiting->value_name, '|')) {
      Offer(value, "", begun, &offers);
    }
    return offers;
  }
  if (absl::StartsWith(begun, "-")) {
    OfferFlags(set, begun, &offers);
  } else if (positional == 0 && command.words != nullptr) {
    for (const std::string& word : command.words()) Offer(word, "", begun, &offers);
  }
  return offers;
}

}  // namespace

int RunCommand(const Command& root, const std::vector<std::string>& arguments) {
  return Run(root, root.name, arguments);
}

std::vector<std::string> Completions(const Command& root, const std::vector<std::string>& words) {
  const Command* command = &root;
  std::size_t depth = 0;
  while (command->start == nullptr && depth + 1 < words.size()) {
    command = Find(*command, words[depth++]);
    if (command == nullptr) return {};
  }
  if (words.empty()) return {};
  if (command->start != nullptr) {
    const auto behind = words.begin() + static_cast<std::ptrdiff_t>(depth);
    return CompleteLeaf(*command, {behind, words.end()});
  }
  std::vector<std::string> offers;
  for (const Command& next : command->commands) {
    Offer(next.name, next.summary, words.back(), &offers);
  }
  return offers;
}

}  // namespace fireworks::client
