// What commands that generate text share: the prompt, the model and how it samples.
#ifndef FIREWORKS_CLIENT_CPP_PROMPT_H_
#define FIREWORKS_CLIENT_CPP_PROMPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/cpp/flag_set.h"

namespace fireworks::client {

struct SamplingFlags {
  std::string model;
  absl::optional<std::int32_t> max_tokens;
  absl::optional<double> temperature;
};

// Adds `--model`, whose default is FWCTL_MODEL, `--max-tokens` and `--temperature`.
void AddSamplingFlags(SamplingFlags* flags, FlagSet* set);

// Takes a number above 0; for flags.
absl::Status SetPositive(absl::string_view text, absl::optional<std::int32_t>* value);

// The prompt that `arguments` stand for: themselves, joined by blanks; stdin when the only one is
// `-`, or when there is none and stdin is no terminal. INVALID_ARGUMENT: there is none.
absl::StatusOr<std::string> ReadPrompt(const std::vector<std::string>& arguments);

// The texts that `arguments` stand for: themselves; the lines of stdin when the only one
// is `-`, or when there is none and stdin is no terminal. INVALID_ARGUMENT: there are none.
absl::StatusOr<std::vector<std::string>> ReadTexts(const std::vector<std::string>& arguments);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_PROMPT_H_
