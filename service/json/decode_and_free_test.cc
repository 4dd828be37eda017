// Decoder::DecodeAndFree: the same as Decode, whatever the size and the text.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

// Of one more key than `members`, which alone makes it large.
std::string LargeText(const std::string& members) {
  return absl::StrCat(R"({"model":")", std::string(100'000, 'm'), "\"",
                      members.empty() ? "" : ",", members, "}");
}

void ExpectSame(const std::string& text) {
  Decoder decoder;
  Chat expected;
  Drift expected_drift;
  const absl::Status expected_status =
      decoder.Decode(TableOf<Chat>(), text, DecodeOptions(), &expected, &expected_drift);
  Chat chat;
  Drift drift;
  const absl::Status status =
      decoder.DecodeAndFree(TableOf<Chat>(), text, DecodeOptions(), &chat, &drift);
  EXPECT_EQ(status, expected_status);
  if (!status.ok()) return;
  EXPECT_TRUE(drift == expected_drift);
  EXPECT_EQ(chat.SerializeAsString(), expected.SerializeAsString());
}

TEST(DecodeAndFreeTest, IsDecode) {
  std::string deep = R"({"type":"text","text":"t"})";
  for (int i = 0; i < 60; ++i) deep = absl::StrCat("[", deep, "]");
  for (const std::string& members : std::vector<std::string>{
           "", R"("seed":7)", R"("parts":[{"type":"text","text":"t"}])", R"("seed":"no number")",
           R"("new":{"key":[1,2]})", R"("seed":7,)", R"("model":"twice")",
           absl::StrCat(R"("contents":)", deep), absl::StrCat(R"("new":)", deep)}) {
    ExpectSame(LargeText(members));
    ExpectSame(absl::StrCat("{", members, "}"));
  }
  ExpectSame("");
  ExpectSame(std::string(100'000, '['));
}

TEST(DecodeAndFreeTest, TheMessageOfALargeTextIsWhole) {
  Chat chat;
  ASSERT_TRUE(Decoder()
                  .DecodeAndFree(TableOf<Chat>(), LargeText(R"("seed":7)"), DecodeOptions(), &chat,
                                 /*drift=*/nullptr)
                  .ok());
  EXPECT_EQ(chat.model(), std::string(100'000, 'm'));
  EXPECT_EQ(chat.seed(), 7);
}

}  // namespace
}  // namespace fireworks::json::testing
