#include "client/cpp/flag_set.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace fireworks::client {
namespace {

// Where the explanations begin.
constexpr std::size_t kHelpColumn = 24;

absl::Status Blame(absl::string_view flag, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", fault));
}

}  // namespace

void FlagSet::Add(std::string name, std::string value_name, std::string help, Setter setter) {
  flags_.push_back({std::move(name), std::move(value_name), std::move(help), std::move(setter)});
}

void FlagSet::AddString(std::string name, std::string value_name, std::string help,
                        std::string* value) {
  Add(std::move(name), std::move(value_name), std::move(help), [value](absl::string_view text) {
    *value = std::string(text);
    return absl::OkStatus();
  });
}

void FlagSet::AddString(std::string name, std::string value_name, std::string help,
                        absl::optional<std::string>* value) {
  Add(std::move(name), std::move(value_name), std::move(help), [value](absl::string_view text) {
    *value = std::string(text);
    return absl::OkStatus();
  });
}

void FlagSet::AddSwitch(std::string name, std::string help, bool* value) {
  Add(std::move(name), "", std::move(help), [value](absl::string_view) {
    *value = true;
    return absl::OkStatus();
  });
}

const FlagSet::Flag* FlagSet::Find(absl::string_view spelled) const {
  const bool is_name = absl::ConsumePrefix(&spelled, "--");
  if (!is_name && (!absl::ConsumePrefix(&spelled, "-") || spelled.size() != 1)) return nullptr;
  const std::string name = absl::StrReplaceAll(spelled, {{"_", "-"}});
  auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) {
    return is_name ? flag.name == name : flag.letter == spelled[0];
  });
  return found == flags_.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<std::string>> FlagSet::Parse(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> positional;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view argument = arguments[i];
    if (argument == "--") {
      positional.insert(positional.end(), arguments.begin() + i + 1, arguments.end());
      break;
    }
    if (argument == "-" || !absl::StartsWith(argument, "-")) {
      positional.emplace_back(argument);
      continue;
    }

    const std::size_t equals = argument.find('=');
    const absl::string_view spelled = argument.substr(0, equals);
    const Flag* flag = Find(spelled);
    if (flag == nullptr) return Blame(spelled, "unknown flag");

    absl::string_view value;
    if (flag->value_name.empty()) {
      if (equals != absl::string_view::npos) return Blame(spelled, "takes no value");
    } else if (equals != absl::string_view::npos) {
      value = argument.substr(equals + 1);
    } else {
      if (i + 1 == arguments.size()) return Blame(spelled, "needs a value");
      value = arguments[++i];
    }
    absl::Status status = flag->setter(value);
    if (!status.ok()) return Blame(spelled, status.message());
  }
  return positional;
}

std::string FlagSet::Help() const {
  const std::string indent(kHelpColumn, ' ');
  std::string text;
  for (const Flag& flag : flags_) {
    const std::string letter =
        flag.letter == 0 ? "" : absl::StrCat("-", std::string(1, flag.letter), ", ");
    std::string head = absl::StrCat("  ", letter, "--", flag.name);
    if (!flag.value_name.empty()) absl::StrAppend(&head, " ", flag.value_name);
    // At least two blanks between a flag and its explanation, or a line break.
    if (head.size() + 2 <= kHelpColumn) {
      head.resize(kHelpColumn, ' ');
    } else {
      absl::StrAppend(&head, "\n", indent);
    }
    absl::StrAppend(&text, head, absl::StrReplaceAll(flag.help, {{"\n", "\n" + indent}}), "\n");
  }
  return text;
}

}  // namespace fireworks::client
