// `fwctl chat`: streams a chat completion to stdout, or one after the other.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/cpp/command.h"
#include "client/cpp/command_table.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/prompt.h"
#include "fireworks/inference/v1/chat_completion.pb.h"

namespace fireworks::client {

// Whether reasoning is shown; kAuto: on a terminal only, so that a pipe gets the
// answer alone.
enum class ShowReasoning { kAuto, kAlways, kNever };

struct ChatFlags {
  CallFlags call;
  SamplingFlags sampling;
  absl::optional<std::string> system;
  ShowReasoning reasoning = ShowReasoning::kAuto;
  bool usage = false;
  bool json = false;
};

// Adds the command's flags and sets their defaults.
void AddChatFlags(ChatFlags* flags, FlagSet* set);

// The request that `flags` describe, as far as a user's message is not needed.
fireworks::inference::v1::ChatCompletionRequest OpenChatRequest(const ChatFlags& flags);

Command ChatCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_
