// The flags of one command: `--name value`, `--name=value`, switches `--name`,
// anywhere among the arguments; behind `--` nothing is a flag. In names `_` is as good
// as `-`, since the service's own flags have it.
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

  // `value_name` stands for the value in the help; `help` may have several lines.
  void Add(std::string name, std::string value_name, std::string help, Setter setter);

  void AddString(std::string name, std::string value_name, std::string help, std::string* value);
  void AddString(std::string name, std::string value_name, std::string help,
                 absl::optional<std::string>* value);
  void AddSwitch(std::string name, std::string help, bool* value);

  // Sets variables and returns the arguments that are no flags, in order. A lone
  // `-` is one. INVALID_ARGUMENT names the flag at fault. The last of a repeated
  // flag wins, unless its setter gathers them.
  absl::StatusOr<std::vector<std::string>> Parse(const std::vector<std::string>& arguments) const;

  // The flags in the order in which they were added, for a command's help.
  std::string Help() const;

 private:
  struct Flag {
    std::string name;
    // Empty: a switch.
    std::string value_name;
    std::string help;
    Setter setter;
  };

  const Flag* Find(absl::string_view name) const;

  std::vector<Flag> flags_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FLAG_SET_H_
