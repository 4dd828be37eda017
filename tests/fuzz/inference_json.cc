// JSON of the inference API: its answers, their chunks, and all that is inside.
//
// Input: see json_laws.h.
#include <cstdint>

#include "absl/strings/string_view.h"
#include "tests/fuzz/json_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& laws = *new fireworks::fuzz::JsonLaws(
      "fireworks/inference/", fireworks::fuzz::Scalars::kSame);
  laws.Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
