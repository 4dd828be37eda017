#include "service/server/stream_judge.h"

#include <algorithm>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace fireworks::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool Contains(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::int64_t IntegerOf(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32
             ? reflection.GetInt32(message, &field)
             : reflection.GetInt64(message, &field);
}

// How many prompts a request asks about. The field is a union whose list arms
// are messages with one repeated field; any other arm is one prompt.
std::int64_t CountPrompts(const contract::FieldPath& path, const Message& request) {
  std::int64_t prompts = 1;
  path.Visit(request, [&](const Message& holder) {
    const Reflection& reflection = *holder.GetReflection();
    const FieldDescriptor* leaf = path.leaf();
    if (leaf->is_repeated()) {
      prompts = std::max(1, reflection.FieldSize(holder, leaf));
      return;
    }
    if (leaf->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || !reflection.HasField(holder, leaf))
      return;
    const Message& prompt = reflection.GetMessage(holder, leaf);
    std::vector<const FieldDescriptor*> arms;
    prompt.GetReflection()->ListFields(prompt, &arms);
    if (arms.size() != 1 || arms[0]->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
    const Message& list = prompt.GetReflection()->GetMessage(prompt, arms[0]);
    if (list.GetDescriptor()->field_count() != 1) return;
    const FieldDescriptor* items = list.GetDescriptor()->field(0);
    // A list of token ids is one prompt; a list of texts or of lists is many.
    const bool tokens = items->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                        items->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    if (items->is_repeated() && !tokens) {
      prompts = std::max(1, list.GetReflection()->FieldSize(list, items));
    }
  });
  return prompts;
}

}  // namespace

StreamJudge::StreamJudge(const contract::StreamRules& rules, const Message& request)
    : rules_(rules) {
  if (!rules.choice_count.empty()) {
    expected_choices_ = std::max<std::int64_t>(1, rules.choice_count.GetInt(request, 1));
  }
  if (!rules.prompts.empty()) expected_choices_ *= CountPrompts(rules.prompts, request);
}

void StreamJudge::LookAtChoice(const Message& choice) {
  const FieldDescriptor& finish_reason = *rules_.finish_reason.leaf();
  const Reflection& reflection = *choice.GetReflection();
  if (!reflection.HasField(choice, &finish_reason)) return;
  std::string scratch;
  const std::string& reason = reflection.GetStringReference(choice, &finish_reason, &scratch);
  if (reason.empty()) return;
  const FieldDescriptor& index = *rules_.choice_index.leaf();
  finished_choices_.insert(IntegerOf(choice, index));
  if (reason == rules_.failed_finish_reason) generation_failed_ = true;
}

// Empty when the protocol has no types of events, or the message none that the
// contract knows. Lives as long as `message` and `scratch`: a copy for each event
// would be an allocation for each event.
absl::string_view StreamJudge::EventType(const Message& message, std::string* scratch) const {
  if (rules_.event_union == nullptr) {
    const Message* holder = rules_.event_type.FindHolder(message);
    if (holder == nullptr) return "";
    return holder->GetReflection()->GetStringReference(*holder, rules_.event_type.leaf(), scratch);
  }
  const auto event = rules_.event_arms.find(
      message.GetReflection()->GetOneofFieldDescriptor(message, rules_.event_union));
  return event == rules_.event_arms.end() ? absl::string_view() : event->second;
}

StreamJudge::Verdict StreamJudge::Look(const Message& message) {
  if (!rules_.finish_reason.empty()) {
    rules_.finish_reason.Visit(message, [this](const Message& choice) { LookAtChoice(choice); });
  }
  std::string scratch;
  const absl::string_view type = EventType(message, &scratch);
  if (type.empty()) return Verdict::kContinue;
  if (Contains(rules_.final_events, type)) return Verdict::kFinal;
  if (Contains(rules_.failed_events, type)) return Verdict::kFailed;
  if (Contains(rules_.cancelled_events, type)) return Verdict::kCancelled;
  return Verdict::kContinue;
}

bool StreamJudge::all_choices_finished() const {
  if (rules_.finish_reason.empty()) return false;
  return static_cast<std::int64_t>(finished_choices_.size()) >= expected_choices_;
}

}  // namespace fireworks::server
