// The rules of the format one by one, each stream fed whole unless the pieces
// are the point. parser_pieces_test.cc proves that pieces never show.
#include "service/sse/parser.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/sse/record.h"

namespace fireworks::sse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::string_view kBom = "\xEF\xBB\xBF";

// Keeps the NULs that the literal has.
template <std::size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

Record RecordOf(const std::vector<std::string>& pieces, const Limits& limits = {}) {
  RecordingHandler handler;
  Parser parser(&handler, limits);
  for (const std::string& piece : pieces) {
    const absl::Status status = parser.Feed(piece);
    EXPECT_EQ(status.ok(), parser.exceeded() == Exceeded::kNone) << status;
  }
  return {handler.calls(), parser.exceeded(), parser.mid_event()};
}

std::vector<Call> CallsOf(const std::string& text) { return RecordOf({text}).calls; }

TEST(ParserTest, EmptyStreamGivesNothing) {
  const Record record = RecordOf({""});
  EXPECT_THAT(record.calls, IsEmpty());
  EXPECT_FALSE(record.mid_event);
}

TEST(ParserTest, EmptyPiecesChangeNothing) {
  EXPECT_THAT(RecordOf({"", "da", "", "ta: x\r", "", "\n", "", "\n"}).calls,
              ElementsAre(EventCall("x")));
  EXPECT_THAT(RecordOf({absl::StrCat(kBom.substr(0, 1)), "", absl::StrCat(kBom.substr(1)), "",
                        "data:x\n\n"})
                  .calls,
              ElementsAre(EventCall("x")));
}

TEST(ParserTest, ManyEventsInOnePieceComeInOrder) {
  EXPECT_THAT(CallsOf("data: 1\n\ndata: 2\n\n:c\ndata: 3\n\n"),
              ElementsAre(EventCall("1"), EventCall("2"), CommentCall("c"), EventCall("3")));
}

TEST(ParserTest, EventInOnePieceIsHandedOutAsViewsIntoIt) {
  class ViewHandler : public Handler {
   public:
    void OnEvent(const Event& event) override {
      data = event.data.data();
      type = event.type.data();
    }
    const char* data = nullptr;
    const char* type = nullptr;
  };
  const std::string piece = "event: chunk\ndata: {}\n\n";
  ViewHandler handler;
  Parser parser(&handler);
  ASSERT_TRUE(parser.Feed(piece).ok());
  EXPECT_EQ(handler.type, piece.data() + piece.find("chunk"));
  EXPECT_EQ(handler.data, piece.data() + piece.find("{}"));
}

TEST(ParserLineEndTest, LfCrAndCrLfAllEndLines) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    EXPECT_THAT(CallsOf(absl::StrCat("event: t", end, "data: x", end, end, "data: y", end, end)),
                ElementsAre(EventCall("x", "t"), EventCall("y")));
  }
}

TEST(ParserLineEndTest, MixedEndsEachCountOnce) {
  EXPECT_THAT(CallsOf("data: a\rdata: b\ndata: c\r\n\rdata: d\n\r\ndata: e\r\r\ndata: f\n\n"),
              ElementsAre(EventCall("a\nb\nc"), EventCall("d"), EventCall("e"), EventCall("f")));
}

TEST(ParserLineEndTest, CrDispatchesBeforeTheNextByteIsKnown) {
  RecordingHandler handler;
  Parser parser(&handler);
  ASSERT_TRUE(parser.Feed("data: x\r\n\r").ok());
  EXPECT_THAT(handler.calls(), ElementsAre(EventCall("x")));
  ASSERT_TRUE(parser.Feed("\ndata: y\r").ok());
  ASSERT_TRUE(parser.Feed("\n").ok());
  EXPECT_THAT(handler.calls(), ElementsAre(EventCall("x")));
  ASSERT_TRUE(parser.Feed("\n").ok());
  EXPECT_THAT(handler.calls(), ElementsAre(EventCall("x"), EventCall("y")));
}

TEST(ParserLineEndTest, CrAtAPiecesEndSwallowsOneLfOnly) {
  EXPECT_THAT(RecordOf({"data: x\r", "\n\n"}).calls, ElementsAre(EventCall("x")));
  EXPECT_THAT(RecordOf({"data: x\r", "data: y\n\n"}).calls, ElementsAre(EventCall("x\ny")));
}

TEST(ParserLineEndTest, ConsecutiveBlankLinesGiveNothing) {
  EXPECT_THAT(CallsOf("\n\n\r\r\r\ndata: x\n\n\n\n\r\n\n"), ElementsAre(EventCall("x")));
}

TEST(ParserBomTest, LeadingBomIsDroppedEvenWhenSplit) {
  const std::string text = absl::StrCat(kBom, "data: x\n\n");
  EXPECT_THAT(CallsOf(text), ElementsAre(EventCall("x")));
  for (std::size_t split = 1; split < 4; ++split) {
    EXPECT_THAT(RecordOf({text.substr(0, split), text.substr(split)}).calls,
                ElementsAre(EventCall("x")));
  }
}

TEST(ParserBomTest, OnlyOneBomIsDropped) {
  // The second makes the field's name another one.
  EXPECT_THAT(CallsOf(absl::StrCat(kBom, kBom, "data: x\n\ndata: y\n\n")),
              ElementsAre(EventCall("y")));
}

TEST(ParserBomTest, LaterBomIsPartOfItsLine) {
  EXPECT_THAT(CallsOf(absl::StrCat("\n", kBom, "data: x\n\ndata: ", kBom, "y\n\n")),
              ElementsAre(EventCall(absl::StrCat(kBom, "y"))));
}

TEST(ParserBomTest, PartOfABomIsPartOfItsLine) {
  EXPECT_THAT(CallsOf("\xEF\xBB" "data: x\n\ndata: y\n\n"), ElementsAre(EventCall("y")));
  EXPECT_THAT(RecordOf({"\xEF", "\xBB", "data: x\n\ndata: y\n\n"}).calls,
              ElementsAre(EventCall("y")));
  EXPECT_TRUE(RecordOf({"\xEF\xBB"}).mid_event);
}

TEST(ParserBomTest, NothingButABomIsAnEmptyStream) {
  const Record record = RecordOf({std::string(kBom)});
  EXPECT_THAT(record.calls, IsEmpty());
  EXPECT_FALSE(record.mid_event);
}

TEST(ParserFieldTest, OneSpaceIsTakenFromTheValue) {
  EXPECT_THAT(CallsOf("data:x\n\ndata: x\n\ndata:  x\n\ndata:\tx\n\ndata: x \n\n"),
              ElementsAre(EventCall("x"), EventCall("x"), EventCall(" x"), EventCall("\tx"),
                          EventCall("x ")));
}

TEST(ParserFieldTest, ValueStartsAtTheFirstColon) {
  EXPECT_THAT(CallsOf("data: {\"a\": \"b:c\"}\n\ndata::\n\n"),
              ElementsAre(EventCall("{\"a\": \"b:c\"}"), EventCall(":")));
}

TEST(ParserFieldTest, LoneDataLineIsAnEventWithEmptyData) {
  EXPECT_THAT(CallsOf("data\n\ndata:\n\ndata: \n\n"),
              ElementsAre(EventCall(""), EventCall(""), EventCall("")));
}

TEST(ParserFieldTest, DataLinesAreJoinedByLf) {
  EXPECT_THAT(CallsOf("data: a\ndata:\ndata: b\n\ndata\ndata\n\ndata: \ndata:c\n\n"),
              ElementsAre(EventCall("a\n\nb"), EventCall("\n"), EventCall("\nc")));
}

TEST(ParserFieldTest, NamesAreCaseSensitiveAndExact) {
  EXPECT_THAT(CallsOf("Data: a\nDATA: b\n data: c\ndata : d\ndatas: e\ndat: f\n\n"), IsEmpty());
}

TEST(ParserFieldTest, UnknownFieldsAreIgnored) {
  EXPECT_THAT(CallsOf("foo: 1\nbar\ndata: x\nbaz:\n\n"), ElementsAre(EventCall("x")));
}

TEST(ParserFieldTest, LastTypeWinsAndDoesNotOutliveItsEvent) {
  EXPECT_THAT(CallsOf("event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent: c\nevent\ndata: 3\n\n"),
              ElementsAre(EventCall("1", "b"), EventCall("2"), EventCall("3")));
}

TEST(ParserFieldTest, TypeWithoutDataIsNoEventAndIsForgotten) {
  EXPECT_THAT(CallsOf("event: ping\n\ndata: x\n\n"), ElementsAre(EventCall("x")));
}

TEST(ParserFieldTest, TypeMayFollowTheData) {
  EXPECT_THAT(CallsOf("data: x\nevent: t\n\n"), ElementsAre(EventCall("x", "t")));
}

TEST(ParserFieldTest, IdPersistsUntilItIsSetAgain) {
  EXPECT_THAT(CallsOf("id: 7\ndata: a\n\ndata: b\n\nid: 8\n\ndata: c\n\nid\ndata: d\n\n"),
              ElementsAre(EventCall("a", "", "7"), EventCall("b", "", "7"), EventCall("c", "", "8"),
                          EventCall("d")));
}

TEST(ParserFieldTest, IdWithNulIsIgnored) {
  EXPECT_THAT(CallsOf(Bytes("id: 7\nid: 8\0\ndata: a\n\n")), ElementsAre(EventCall("a", "", "7")));
}

TEST(ParserFieldTest, RetryIsIgnoredWhateverItSays) {
  EXPECT_THAT(CallsOf("retry: 10\n\nretry: x1\nretry\ndata: a\n\n"), ElementsAre(EventCall("a")));
}

TEST(ParserFieldTest, CommentsAreReportedAndBreakNothing) {
  EXPECT_THAT(CallsOf(":\n: a\n:b:c\ndata: x\n:data: no\ndata: y\n\n"),
              ElementsAre(CommentCall(""), CommentCall(" a"), CommentCall("b:c"),
                          CommentCall("data: no"), EventCall("x\ny")));
}

TEST(ParserFieldTest, HeartbeatsAloneAreNoEvents) {
  const Record record = RecordOf({": ping\n\n: ping\n\n:\n\n"});
  EXPECT_THAT(record.calls,
              ElementsAre(CommentCall(" ping"), CommentCall(" ping"), CommentCall("")));
  EXPECT_FALSE(record.mid_event);
}

TEST(ParserBytesTest, NulInDataIsKept) {
  EXPECT_THAT(CallsOf(Bytes("data: a\0b\n\n")), ElementsAre(EventCall(Bytes("a\0b"))));
}

TEST(ParserBytesTest, NulInANameMakesItAnotherName) {
  EXPECT_THAT(CallsOf(Bytes("data\0: a\n\0data: b\n\n")), IsEmpty());
}

TEST(ParserBytesTest, InvalidUtf8IsHandedOnAsItIs) {
  EXPECT_THAT(CallsOf("data: \xFF\xC3(\xE2\x82\n\n"), ElementsAre(EventCall("\xFF\xC3(\xE2\x82")));
}

TEST(ParserBytesTest, CharacterSplitOverPiecesStaysWhole) {
  EXPECT_THAT(RecordOf({"data: \xE9\x9B", "\xA8\n", "\n"}).calls,
              ElementsAre(EventCall("\xE9\x9B\xA8")));
}

TEST(ParserBytesTest, UnicodeLineSeparatorsEndNoLine) {
  EXPECT_THAT(CallsOf("data: a\xE2\x80\xA8" "b\xC2\x85" "c\vd\fe\n\n"),
              ElementsAre(EventCall("a\xE2\x80\xA8" "b\xC2\x85" "c\vd\fe")));
}

TEST(ParserEndTest, TruncatedTrailingEventIsDropped) {
  for (const std::string tail : {"data: y\n", "data: y", "da", "event: t\n", "data\n", "\xEF"}) {
    const Record record = RecordOf({"data: x\n\n", tail});
    EXPECT_THAT(record.calls, ElementsAre(EventCall("x"))) << tail;
    EXPECT_TRUE(record.mid_event) << tail;
  }
}

TEST(ParserEndTest, EndBetweenEventsIsNotMidEvent) {
  for (const std::string tail : {"", "\n", "\r", ": c\n", ": c", "id: 7\n", "event\n"}) {
    EXPECT_FALSE(RecordOf({"event: t\ndata: x\n\n", tail}).mid_event) << tail;
  }
}

TEST(ParserEndTest, DoneMarkerIsAnEventLikeAnyOther) {
  EXPECT_THAT(CallsOf("data: [DONE]\n\ndata:[DONE]\n\ndata: [DONE] \n\ndata: after\n\n"),
              ElementsAre(EventCall("[DONE]"), EventCall("[DONE]"), EventCall("[DONE] "),
                          EventCall("after")));
}

TEST(ParserEndTest, DoneMarkerWithoutFinalBlankLineIsCut) {
  const Record record = RecordOf({"data: [DONE]\n"});
  EXPECT_THAT(record.calls, IsEmpty());
  EXPECT_TRUE(record.mid_event);
}

TEST(ParserEndTest, OtherBodiesGiveNoEvents) {
  EXPECT_THAT(CallsOf("{\"error\":{\"message\":\"no\"}}"), IsEmpty());
  EXPECT_THAT(CallsOf("{\n  \"data\": 1\n}\n\n"), IsEmpty());
  EXPECT_THAT(CallsOf("<html>\r\n<body>data: x</body>\r\n\r\n</html>\r\n"), IsEmpty());
}

TEST(ParserCapTest, LineOfExactlyTheCapPasses) {
  const Limits limits{/*max_line_bytes=*/10, /*max_event_bytes=*/100};
  EXPECT_THAT(RecordOf({"data: 6789\r\n\r\n"}, limits).calls, ElementsAre(EventCall("6789")));
  EXPECT_THAT(RecordOf({absl::StrCat(kBom, "data: 6789\n\n")}, limits).calls,
              ElementsAre(EventCall("6789")));
}

TEST(ParserCapTest, LongerLineIsAnErrorWhateverItHolds) {
  const Limits limits{/*max_line_bytes=*/10, /*max_event_bytes=*/100};
  for (const std::string line : {"data: 67890", ": 345678901", "unknown: 01", "id: 5678901"}) {
    const Record record = RecordOf({absl::StrCat("data: ok\n\n", line, "\n\n")}, limits);
    EXPECT_THAT(record.calls, ElementsAre(EventCall("ok"))) << line;
    EXPECT_EQ(record.exceeded, Exceeded::kLine) << line;
    EXPECT_TRUE(record.mid_event) << line;
  }
}

TEST(ParserCapTest, UnfinishedLineIsRefusedAsSoonAsItPassesTheCap) {
  RecordingHandler handler;
  Parser parser(&handler, {/*max_line_bytes=*/10, /*max_event_bytes=*/100});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(parser.Feed("x").ok());
  EXPECT_EQ(parser.Feed("x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(parser.exceeded(), Exceeded::kLine);
}

TEST(ParserCapTest, EventOfExactlyTheCapPasses) {
  const Limits limits{/*max_line_bytes=*/100, /*max_event_bytes=*/5};
  EXPECT_THAT(RecordOf({"data: 12345\n\ndata: 12\ndata: 45\n\n"}, limits).calls,
              ElementsAre(EventCall("12345"), EventCall("12\n45")));
}

TEST(ParserCapTest, LargerEventIsAnErrorBeforeItIsComplete) {
  const Limits limits{/*max_line_bytes=*/100, /*max_event_bytes=*/5};
  for (const std::string text :
       {"data: 123456\n", "data: 12\ndata: 456\n", "data: 12345\ndata\n"}) {
    const Record record = RecordOf({absl::StrCat("data: ok\n\n", text)}, limits);
    EXPECT_THAT(record.calls, ElementsAre(EventCall("ok"))) << text;
    EXPECT_EQ(record.exceeded, Exceeded::kEvent) << text;
  }
}

TEST(ParserCapTest, ErrorNamesTheCapAndIsFinal) {
  RecordingHandler handler;
  Parser parser(&handler, {/*max_line_bytes=*/10, /*max_event_bytes=*/3});
  const absl::Status status = parser.Feed("data: 1234\n\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("3 bytes of data"));
  EXPECT_EQ(parser.Feed("data: 1\n\n"), status);
  EXPECT_EQ(parser.Feed(""), status);
  EXPECT_THAT(handler.calls(), IsEmpty());
}

// Each of these takes minutes, not milliseconds, when bytes are looked at again
// with every piece or line; the test's time-out is the measure.
TEST(ParserCostTest, ByteByByteCostsNoMoreThanItsLength) {
  const std::string text = absl::StrCat("data: ", std::string(3 << 20, 'x'), "\n\n");
  RecordingHandler handler;
  Parser parser(&handler);
  for (const char& byte : text) ASSERT_TRUE(parser.Feed(absl::string_view(&byte, 1)).ok());
  ASSERT_EQ(handler.calls().size(), 1u);
  EXPECT_EQ(handler.calls()[0].data.size(), 3u << 20);
}

TEST(ParserCostTest, OneKindOfLineEndIsNotSearchedAgainForEachOfTheOther) {
  for (const char end : {'\r', '\n'}) {
    EXPECT_THAT(CallsOf(std::string(4 << 20, end)), IsEmpty());
  }
}

TEST(ParserCostTest, ManyDataLinesAreJoinedInLinearTime) {
  std::string text;
  for (int i = 0; i < 1 << 20; ++i) text += "data:x\n";
  const std::vector<Call> calls = CallsOf(text + "\n");
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].data.size(), (2u << 20) - 1);
}

}  // namespace
}  // namespace fireworks::sse
