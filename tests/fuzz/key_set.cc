// JSON Web Key Sets: what an issuer publishes, or someone in its place.
//
// Input: the set.
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "service/access/key_set.h"
#include "service/access/strict_json.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;
using nlohmann::json;

// Reading as strictly as tokens are read agrees with reading, where it reads at all.
void TestJson(absl::string_view input) {
  const auto strict = access::ParseJsonObject(input);
  if (!strict.ok()) return;
  Check(json::accept(input), "what is read strictly is JSON");
  Check(*strict == json::parse(input), "and is read the same");
}

void Test(absl::string_view input) {
  TestJson(input);
  const auto keys = access::KeySet::Parse(input);
  if (!keys.ok()) {
    Check(absl::IsInvalidArgument(keys.status()), "a bad set is no more than that");
    return;
  }
  Check((*keys)->size() > 0, "a set has keys");
  Check((*keys)->Find("") == nullptr, "a key has a name");
  const json set = json::parse(input);
  std::size_t found = 0;
  for (const json& key : set["keys"]) {
    const std::string* kid = key.is_object() ? access::FindString(key, "kid") : nullptr;
    const access::PublicKey* parsed = kid == nullptr ? nullptr : (*keys)->Find(*kid);
    if (parsed == nullptr) continue;
    ++found;
    Check(!parsed->Verify("text", std::string(64, 'x')), "chance signs nothing");
  }
  Check(found >= (*keys)->size(), "every key is one of the set");
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
