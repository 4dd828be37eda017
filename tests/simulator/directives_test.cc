#include "tests/simulator/directives.h"

#include "gmock/gmock.h"

namespace fireworks::simulator {
namespace {

using ::testing::HasSubstr;

TEST(DirectivesTest, EmptyTextGivesDefaults) {
  const auto directives = ParseDirectives("");
  ASSERT_TRUE(directives.ok());
  EXPECT_EQ(directives->chunk_tokens, 3u);
  EXPECT_TRUE(directives->done);
  EXPECT_FALSE(directives->step);
  EXPECT_FALSE(directives->status.has_value());
}

TEST(DirectivesTest, EveryKeyIsRead) {
  const auto directives = ParseDirectives(
      "pace_ms=5; chunk_tokens=2;tokens=9;events=4;bytes=100;step=1;blast=1;blast_bytes=7;stamp=1;"
      "usage=extra;done=0;"
      "comment_every=2;crlf=1;status=503;body=html;hang=headers;close_after=1;reset_after=2;"
      "hang_after=3");
  ASSERT_TRUE(directives.ok()) << directives.status();
  EXPECT_EQ(directives->pace.count(), 5);
  EXPECT_EQ(directives->chunk_tokens, 2u);
  EXPECT_EQ(directives->tokens, 9u);
  EXPECT_EQ(directives->events, 4u);
  EXPECT_EQ(directives->pad_bytes, 100u);
  EXPECT_TRUE(directives->step);
  EXPECT_TRUE(directives->blast);
  EXPECT_EQ(directives->blast_bytes, 7u);
  EXPECT_TRUE(directives->stamp);
  EXPECT_EQ(directives->usage, Directives::Usage::kExtra);
  EXPECT_FALSE(directives->done);
  EXPECT_EQ(directives->comment_every, 2u);
  EXPECT_TRUE(directives->crlf);
  EXPECT_EQ(directives->status, 503);
  EXPECT_EQ(directives->body, "html");
  EXPECT_TRUE(directives->hang_headers);
  EXPECT_EQ(directives->close_after, 1u);
  EXPECT_EQ(directives->reset_after, 2u);
  EXPECT_EQ(directives->hang_after, 3u);
}

TEST(DirectivesTest, VerbatimAnswersAreBase64) {
  const auto directives =
      ParseDirectives("head=SFRUUA==;answer=aGk=;repeat=3;piece=1;keep=1;reset_after=2");
  ASSERT_TRUE(directives.ok()) << directives.status();
  EXPECT_EQ(directives->head, "HTTP");
  EXPECT_EQ(directives->answer, "hi");
  EXPECT_EQ(directives->repeat, 3u);
  EXPECT_EQ(directives->piece, 1u);
  EXPECT_TRUE(directives->keep);
  EXPECT_EQ(ParseDirectives("answer=")->answer, "");
}

TEST(DirectivesTest, HeadersAddUp) {
  const auto directives = ParseDirectives("header=Retry-After: 7; header=x-y:a:b");
  ASSERT_TRUE(directives.ok()) << directives.status();
  EXPECT_EQ(directives->headers, (Headers{{"Retry-After", "7"}, {"x-y", "a:b"}}));
}

TEST(DirectivesTest, HangEventsIsHangAfterTheHead) {
  EXPECT_EQ(ParseDirectives("hang=events")->hang_after, 0u);
}

TEST(DirectivesTest, UnknownKeyIsNamed) {
  EXPECT_THAT(ParseDirectives("pace=5").status().message(), HasSubstr("'pace'"));
}

TEST(DirectivesTest, BadValuesAreRefused) {
  for (const char* text :
       {"pace_ms=soon", "pace_ms=-1", "chunk_tokens=0", "step=yes", "usage=both", "status=99",
        "status=600", "hang=forever", "events", "tokens=9999999999", "answer=?", "repeat=0",
        "header=: x"}) {
    EXPECT_FALSE(ParseDirectives(text).ok()) << text;
  }
}

TEST(DirectivesTest, OwnHeaderWinsOverAffinityOverMetadata) {
  const Headers both = {{"X-Session-Affinity", "sim:tokens=2"}, {"X-Simulator", "tokens=1"}};
  EXPECT_EQ(FindDirectives(both, "tokens=3")->tokens, 1u);
  EXPECT_EQ(FindDirectives({{"x-session-affinity", "sim:tokens=2"}}, "tokens=3")->tokens, 2u);
  EXPECT_EQ(FindDirectives({{"x-session-affinity", "user-7"}}, "tokens=3")->tokens, 3u);
  EXPECT_EQ(FindDirectives({}, "")->tokens, std::nullopt);
}

}  // namespace
}  // namespace fireworks::simulator
