// The tree of fwctl's commands: what runs them, helps with them and completes them.
#ifndef FIREWORKS_CLIENT_CPP_COMMAND_TABLE_H_
#define FIREWORKS_CLIENT_CPP_COMMAND_TABLE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/flag_set.h"

namespace fireworks::client {

// One run of a command: its flags, then what it does.
class Invocation {
 public:
  virtual ~Invocation() = default;
  // Adds the command's flags and sets their defaults. Called once, first.
  virtual void AddFlags(FlagSet* set) = 0;
  // The exit code, after the flags were parsed; `words` are the arguments that are no
  // flags, all of them UTF-8. INVALID_ARGUMENT: wrong usage, nothing was done yet.
  virtual absl::StatusOr<int> Run(const std::vector<std::string>& words) = 0;
};

// A command, or a group of them.
struct Command {
  // What it is called by; a word.
  std::string name;
  // What it does, on one line; for lists of commands.
  std::string summary;
  // How its arguments are written: `[PROMPT...]`.
  std::string arguments;
  // Paragraphs and examples, each line ended by a newline.
  std::string description;
  // For the end of its help; empty: kExitCodesHelp.
  std::string exit_codes;
  // Null for a group.
  std::function<std::unique_ptr<Invocation>()> start;
  // Of a group.
  std::vector<Command> commands;
  // Words that its first argument may be, for completion; null when there are none.
  std::function<std::vector<std::string>()> words;
};

// Runs the command that `arguments` name below `root`, or shows its help. The exit code.
int RunCommand(const Command& root, const std::vector<std::string>& arguments);

// What may stand in place of the last of `words`, which is what has been written of it, as
// `WORD` or `WORD<tab>EXPLANATION` in order. The words are those behind the program's
// name. A word that names a file yields nothing: shells know files.
std::vector<std::string> Completions(const Command& root, const std::vector<std::string>& words);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_COMMAND_TABLE_H_
