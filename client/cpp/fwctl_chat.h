// `fwctl chat`: streams one chat completion to stdout.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/cpp/command.h"
#include "client/cpp/flag_set.h"
#include "fireworks/inference/v1/chat_completion.pb.h"

namespace fireworks::client {

// Whether reasoning is shown; kAuto: on a terminal only, so that a pipe gets the
// answer alone.
enum class ShowReasoning { kAuto, kAlways, kNever };

struct ChatFlags {
  CallFlags call;
  std::string model;
  absl::optional<std::string> system;
  absl::optional<std::int32_t> max_tokens;
  absl::optional<double> temperature;
  ShowReasoning reasoning = ShowReasoning::kAuto;
  bool usage = false;
};

// Adds the command's flags and sets their defaults.
void AddChatFlags(ChatFlags* flags, FlagSet* set);

// The request that `flags` describe, with `prompt` as the user's message.
fireworks::inference::v1::ChatCompletionRequest MakeChatRequest(const ChatFlags& flags,
                                                                absl::string_view prompt);

// Runs the command with the arguments behind its name; returns the exit code.
int RunChat(const std::vector<std::string>& arguments);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_CHAT_H_
