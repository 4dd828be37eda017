// Decoder::Skim: what need not be looked at becomes wire format, and all else a message.
// That both mean the same, both_ways.h asks of all the samples of the other tests.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

// The message of an earlier text, which tells whether it has been touched.
constexpr char kBefore[] = "before";

class SkimTest : public ::testing::Test {
 protected:
  SkimTest() { message_.set_model(kBefore); }

  // The text's wire format; empty when it was decoded instead.
  absl::optional<absl::string_view> Skim(absl::string_view text) {
    absl::optional<absl::string_view> wire;
    asked_ = false;
    status_ = decoder_.Skim(
        TableOf<Chat>(), text, DecodeOptions(), watch_,
        [this] {
          asked_ = true;
          return &message_;
        },
        &drift_, &wire);
    return wire;
  }
  bool untouched() const { return !asked_ && message_.model() == kBefore; }

  Decoder decoder_;
  FieldWatch watch_;
  Chat message_;
  bool asked_ = false;
  Drift drift_;
  absl::Status status_;
};

TEST_F(SkimTest, TextWithoutAWatchedFieldBecomesWireFormat) {
  watch_.Add(Chat::descriptor()->FindFieldByName("seed"));
  const auto wire = Skim(R"({"model":"m","parts":[{"type":"text","text":"t"}],"new":null})");
  EXPECT_FALSE(wire.has_value()) << "an unknown key is no usual text";
  const auto usual = Skim(R"({"model":"m","parts":[{"type":"text","text":"t"}]})");
  ASSERT_TRUE(usual.has_value());
  EXPECT_EQ(*usual,
            FromText<Chat>(R"(model: "m" parts { text { text: "t" } })").SerializeAsString());
  EXPECT_TRUE(status_.ok());
}

TEST_F(SkimTest, NeedsNoMessageThen) {
  ASSERT_TRUE(Skim(R"({"seed":1})").has_value());
  EXPECT_TRUE(untouched());
}

TEST_F(SkimTest, AWatchedFieldHasTheTextDecoded) {
  watch_.Add(Chat::descriptor()->FindFieldByName("seed"));
  EXPECT_FALSE(Skim(R"({"seed":7,"model":"m"})").has_value());
  EXPECT_THAT(message_, EqualsText(R"(model: "m" seed: 7)"));
}

TEST_F(SkimTest, AtAnyDepth) {
  watch_.Add(TextPart::descriptor()->FindFieldByName("text"));
  EXPECT_FALSE(Skim(R"({"contents":["a",[{"type":"text","text":"t"}]]})").has_value());
  EXPECT_EQ(message_.contents_size(), 2);
}

TEST_F(SkimTest, AnArmOfAUnionIsAFieldLikeOthers) {
  watch_.Add(Part::descriptor()->FindFieldByName("image"));
  watch_.Add(Content::descriptor()->FindFieldByName("text"));
  EXPECT_TRUE(Skim(R"({"part":{"type":"text","text":"t"}})").has_value());
  EXPECT_FALSE(Skim(R"({"part":{"type":"image","url":"u"}})").has_value());
  EXPECT_TRUE(Skim(R"({"content":[]})").has_value());
  EXPECT_FALSE(Skim(R"({"content":"t"})").has_value());
}

TEST_F(SkimTest, NullIsNoValue) {
  watch_.Add(Chat::descriptor()->FindFieldByName("seed"));
  EXPECT_TRUE(Skim(R"({"seed":null})").has_value());
}

TEST_F(SkimTest, WhatDoesNotFitTheContractIsDecodedAndCounted) {
  EXPECT_FALSE(Skim(R"({"model":"m","new":1})").has_value());
  EXPECT_EQ(drift_.unknown_keys, 1u);
  EXPECT_EQ(Extras(message_).at("new"), "1");
  EXPECT_FALSE(Skim(R"({"model":1})").has_value());
  EXPECT_EQ(drift_.type_mismatches, 1u);
  EXPECT_FALSE(Skim(R"({"parts":[{"type":"new"}]})").has_value());
  EXPECT_EQ(drift_.unknown_variants, 1u);
}

// Parsers merge the pieces, but encoders write none.
TEST_F(SkimTest, AnArmInTwoPiecesIsDecoded) {
  EXPECT_TRUE(Skim(R"({"part":{"index":1,"type":"text"}})").has_value());
  EXPECT_TRUE(Skim(R"({"part":{"url":"u","detail":"d","index":1,"type":"image_url"}})").has_value());
  EXPECT_FALSE(
      Skim(R"({"part":{"url":"u","index":1,"detail":"d","type":"image_url"}})").has_value());
  EXPECT_THAT(message_, EqualsText(R"(part { image { url: "u" detail: "d" } index: 1 })"));
}

TEST_F(SkimTest, BrokenTextIsAnErrorAsEver) {
  EXPECT_FALSE(Skim(R"({"model":"m")").has_value());
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
}

// Of every size around those at which a length needs one byte more, in nested messages.
TEST_F(SkimTest, LengthsAreAsShortAsAnyEncoders) {
  for (const std::size_t size : {0, 1, 60, 100, 110, 120, 126, 127, 128, 129, 200, 16'000, 16'370,
                                 16'376, 16'380, 16'383, 16'384, 16'385, 20'000, 2'097'100,
                                 2'097'152, 3'000'000}) {
    const std::string text(size, 'x');
    const auto wire = Skim(absl::StrCat(R"({"parts":[{"type":"text","text":")", text,
                                        R"("},{"type":"text","text":"after"}],"type":"t"})"));
    ASSERT_TRUE(wire.has_value()) << size;
    Chat expected;
    expected.add_parts()->mutable_text()->set_text(text);
    expected.add_parts()->mutable_text()->set_text("after");
    expected.set_type("t");
    EXPECT_EQ(*wire, expected.SerializeAsString()) << size;
  }
}

}  // namespace
}  // namespace fireworks::json::testing
