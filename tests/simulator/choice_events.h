// Streams whose chunks carry choices: chat completions and completions. Choices
// take turns; the last one's finish chunk, or one chunk more, tells usage.
//
// Chunks are put together as text: a tree per chunk would make the simulator
// cost more than what it measures. Only the rare parts are built as JSON.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHOICE_EVENTS_H_
#define FIREWORKS_TESTS_SIMULATOR_CHOICE_EVENTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

class ChoiceEvents : public EventSource {
 public:
  std::optional<std::string> Next() final;
  std::string Error() final;
  std::size_t repeat() const final { return repeat_; }

 protected:
  // `object` is the chunks' type, such as "chat.completion.chunk".
  ChoiceEvents(GenerationRequest request, Generation generation, const Directives& directives,
               const AnswerIdentity& identity, absl::string_view object);

  // The next chunk of choice `index`, which has not finished.
  virtual std::string NextOf(std::size_t index) = 0;

  // A chunk of one choice, given without its closing brace; `tail` are more
  // members of the chunk, each with a comma before it.
  std::string Chunk(absl::string_view open_choice, absl::string_view tail = "") const;
  // The same for the chunk with which choice `index` finishes.
  std::string FinishChunk(std::size_t index, absl::string_view open_choice);

  // Nothing of the stream needs it any more, and prompts are long.
  void ForgetPrompt() { std::string().swap(request_.prompt); }
  // How often the chunk that is being made is sent.
  void set_repeat(std::size_t repeat) { repeat_ = repeat; }

  const GenerationRequest& request() const { return request_; }
  const Generation& generation() const { return generation_; }
  const Directives& directives() const { return directives_; }

 private:
  GenerationRequest request_;
  const Generation generation_;
  const Directives directives_;
  // A chunk up to its first choice.
  const std::string prefix_;
  std::vector<bool> finished_;
  std::size_t finished_count_ = 0;
  std::size_t turn_ = 0;
  bool usage_pending_ = false;
  std::size_t repeat_ = 1;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHOICE_EVENTS_H_
