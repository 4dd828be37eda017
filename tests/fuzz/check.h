// What a fuzz target says when a law of the code under test does not hold.
#ifndef FIREWORKS_TESTS_FUZZ_CHECK_H_
#define FIREWORKS_TESTS_FUZZ_CHECK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::fuzz {

// Ends the process, so that the fuzzer keeps the input, unless `holds`. `details`
// are printed with it.
void Check(bool holds, absl::string_view law, absl::string_view details = "");

// Whether `text` is UTF-8 (RFC 3629): no overlong form, no surrogate, none beyond
// U+10FFFF. Shares no code with what it judges.
bool IsUtf8(absl::string_view text);

// Printable ASCII, the space included.
bool IsPrintable(absl::string_view text);

// The part of `*input` before the first `separator`, which goes with it; all of it
// when there is none.
absl::string_view TakeUntil(char separator, absl::string_view* input);

}  // namespace fireworks::fuzz

#endif  // FIREWORKS_TESTS_FUZZ_CHECK_H_
