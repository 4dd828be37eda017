// Answers byte by byte, and the directives that make the simulator give them.
#ifndef FIREWORKS_TESTS_FAULTS_WIRE_H_
#define FIREWORKS_TESTS_FAULTS_WIRE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/faults/calls.h"

namespace fireworks::faults {

// How an answer tells where its body ends.
enum class Framing { kClose, kLength, kChunked };

// "HTTP/1.1 200 OK", these header lines, one that frames, and the body.
std::string Http(const std::vector<std::string>& headers, absl::string_view body,
                 Framing framing);
std::string JsonAnswer(absl::string_view body, Framing framing = Framing::kLength);
std::string StreamAnswer(absl::string_view body, Framing framing = Framing::kClose);

// The simulator's directive for an answer of these bytes; what follows cuts it
// ("reset_after=1": a reset when all is sent).
std::string Verbatim(absl::string_view answer, absl::string_view more = {});
// `repeated` many times, behind `head`.
std::string Repeated(absl::string_view head, absl::string_view repeated, int times);

// One event with this data, with a name where there is one.
std::string Event(absl::string_view data, absl::string_view name = {});

// A small whole answer of a protocol, by its events. A character of two bytes is in
// it. The last event that is no done marker completes the answer.
std::vector<std::string> SmallStream(Call stream);
// All of `events`, or the first ones.
std::string Join(const std::vector<std::string>& events);
std::string Join(const std::vector<std::string>& events, std::size_t count);

// How many events of the small stream become messages.
std::size_t MessagesOf(Call stream);

// A small whole answer of kGet or kPost.
std::string SmallBody(Call unary);

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_WIRE_H_
