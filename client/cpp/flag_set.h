// The flags of one command: `--name value`, `--name=value`, switches `--name`, one
// letter `-n value` for those that have it, anywhere among the arguments; behind `--`
// nothing is a flag. `_` in a name that is given means `-`.
#ifndef FIREWORKS_CLIENT_CPP_FLAG_SET_H_
#define FIREWORKS_CLIENT_CPP_FLAG_SET_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace fireworks::client {

// What the variables point to must outlive Parse.
class FlagSet {
 public:
  // Takes a value; INVALID_ARGUMENT says what is wrong with it, without the
  // flag's name.
  using Setter = std::function<absl::Status(absl::string_view)>;

  struct Flag {
    std::string name;
    // Empty: a switch.
    std::string value_name;
    std::string help;
    Setter setter;
    // Another name, of one letter; 0: none.
    char letter = 0;
  };

  // `value_name` stands for the value in the help; `help` may have several lines. A value
  // name such as `show|hide` lists all values there are; FILE is the name of a file.
  void Add(std::string name, std::string value_name, std::string help, Setter setter);

  void AddString(std::string name, std::string value_name, std::string help, std::string* value);
  void AddString(std::string name, std::string value_name, std::string help,
                 absl::optional<std::string>* value);
  void AddSwitch(std::string name, std::string help, bool* value);
  // The flag that was added last is also `-letter`.
  void AlsoAs(char letter) { flags_.back().letter = letter; }

  // Sets variables and returns the arguments that are no flags, in order. A lone
  // `-` is one. INVALID_ARGUMENT names the flag at fault. The last of a repeated
  // flag wins, unless its setter gathers them.
  absl::StatusOr<std::vector<std::string>> Parse(const std::vector<std::string>& arguments) const;

  // The flags in the order in which they were added, for a command's help.
  std::string Help() const;

  // In the order in which they were added.
  const std::vector<Flag>& flags() const { return flags_; }

  // The flag that is spelled so, with its dashes; null if there is none.
  const Flag* Find(absl::string_view spelled) const;

 private:

  std::vector<Flag> flags_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FLAG_SET_H_
