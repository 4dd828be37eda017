// Pieces never show: whatever the split, a stream gives the same events, the
// ones that the standard's rules give when followed naively.
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "service/sse/parser.h"
#include "service/sse/record.h"
#include "service/sse/reference_parser.h"

namespace fireworks::sse {
namespace {

constexpr absl::string_view kBom = "\xEF\xBB\xBF";

// Feeds `text` in pieces that end at `ends`, of which the last is the text's.
// Each piece is a copy that dies after it was fed, so that a view kept for too
// long shows under ASan.
Record ParsePieces(absl::string_view text, const std::vector<std::size_t>& ends,
                   const Limits& limits) {
  RecordingHandler handler;
  Parser parser(&handler, limits);
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    const std::vector<char> piece(text.begin() + begin, text.begin() + end);
    const absl::Status status = parser.Feed(absl::string_view(piece.data(), piece.size()));
    EXPECT_EQ(status.ok(), parser.exceeded() == Exceeded::kNone) << status;
    begin = end;
  }
  return {handler.calls(), parser.exceeded(), parser.mid_event()};
}

std::vector<std::size_t> EveryByte(std::size_t size) {
  std::vector<std::size_t> ends;
  for (std::size_t end = 1; end <= size; ++end) ends.push_back(end);
  return ends;
}

// Empty pieces occur too.
std::vector<std::size_t> RandomPieces(std::size_t size, std::mt19937* random) {
  std::uniform_int_distribution<std::size_t> place(0, size);
  std::vector<std::size_t> ends((*random)() % 12);
  for (std::size_t& end : ends) end = place(*random);
  ends.push_back(size);
  std::sort(ends.begin(), ends.end());
  return ends;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A recorded shape, and what the parser gives of it when fed whole.
struct Shape {
  std::string file;
  std::size_t events;
  bool mid_event;
};

class ParserShapeTest : public testing::TestWithParam<Shape> {
 protected:
  std::string text_ = ReadFile(absl::StrCat("service/sse/testdata/", GetParam().file, ".sse"));
};

TEST_P(ParserShapeTest, GivesItsEvents) {
  const Record record = ParsePieces(text_, {text_.size()}, {});
  EXPECT_EQ(std::count_if(record.calls.begin(), record.calls.end(),
                          [](const Call& call) { return call.kind == Call::Kind::kEvent; }),
            static_cast<std::ptrdiff_t>(GetParam().events));
  EXPECT_EQ(record.mid_event, GetParam().mid_event);
}

TEST_P(ParserShapeTest, LineEndsAndBomChangeNothing) {
  const Record expected = ReferenceParse(text_);
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string text = absl::StrReplaceAll(text_, {{"\n", end}});
    EXPECT_EQ(ParsePieces(text, {text.size()}, {}), expected);
    const std::string with_bom = absl::StrCat(kBom, text);
    EXPECT_EQ(ParsePieces(with_bom, {with_bom.size()}, {}), expected);
  }
}

TEST_P(ParserShapeTest, SplitAtEveryByteGivesTheSame) {
  const Record expected = ReferenceParse(text_);
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string text =
        absl::StrCat(kBom, absl::StrReplaceAll(text_, {{"\n", end}}));
    for (std::size_t split = 0; split <= text.size(); ++split) {
      ASSERT_EQ(ParsePieces(text, {split, text.size()}, {}), expected) << "split at " << split;
    }
    ASSERT_EQ(ParsePieces(text, EveryByte(text.size()), {}), expected) << "byte by byte";
  }
}

TEST_P(ParserShapeTest, RandomPiecesGiveTheSame) {
  const Record expected = ReferenceParse(text_);
  std::mt19937 random(20250807);
  for (int round = 0; round < 500; ++round) {
    const std::vector<std::size_t> ends = RandomPieces(text_.size(), &random);
    ASSERT_EQ(ParsePieces(text_, ends, {}), expected) << testing::PrintToString(ends);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ParserShapeTest,
    testing::Values(Shape{"chat_text", 5, false}, Shape{"chat_reasoning", 7, false},
                    Shape{"chat_tool_call", 6, false}, Shape{"completion", 4, false},
                    Shape{"messages", 7, false}, Shape{"responses", 4, false},
                    Shape{"keep_alives", 3, false}, Shape{"ids_and_retries", 3, false},
                    Shape{"error_in_stream", 2, false}, Shape{"truncated_in_event", 1, true},
                    Shape{"truncated_before_blank_line", 1, true},
                    Shape{"json_body_instead", 0, true}, Shape{"html_body_instead", 0, false}),
    [](const testing::TestParamInfo<Shape>& info) { return info.param.file; });

// What matters to the format is frequent, so that short texts meet every rule.
std::string RandomText(std::mt19937* random) {
  static constexpr absl::string_view kWords[] = {
      "\r",    "\n",     "\r\n",  "\n\n", "\r\r",
      ":",     " ",      "data",  "data:", "data: ",
      "event", "event:", "id",    "id: ", "retry: 1",
      "\xEF",  "\xBB",   "\xBF",  kBom,   absl::string_view("\0", 1),
      "x",     "{}",     "[DONE]", "Data", "\xE2\x80\xA8"};
  std::string text = (*random)() % 4 == 0 ? std::string(kBom) : "";
  for (std::size_t words = (*random)() % 24; words > 0; --words) {
    absl::StrAppend(&text, kWords[(*random)() % std::size(kWords)]);
  }
  return text;
}

void ExpectReferenceAgrees(const Limits& limits, std::mt19937* random) {
  const std::string text = RandomText(random);
  SCOPED_TRACE(absl::CEscape(text));
  const Record expected = ReferenceParse(text, limits);
  ASSERT_EQ(ParsePieces(text, {text.size()}, limits), expected) << "whole";
  ASSERT_EQ(ParsePieces(text, EveryByte(text.size()), limits), expected) << "byte by byte";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    ASSERT_EQ(ParsePieces(text, {split, text.size()}, limits), expected) << "split at " << split;
  }
  for (int round = 0; round < 4; ++round) {
    const std::vector<std::size_t> ends = RandomPieces(text.size(), random);
    ASSERT_EQ(ParsePieces(text, ends, limits), expected) << testing::PrintToString(ends);
  }
}

TEST(ParserReferenceTest, AgreesOnRandomTexts) {
  std::mt19937 random(1);
  for (int round = 0; round < 10000 && !testing::Test::HasFatalFailure(); ++round) {
    ExpectReferenceAgrees({}, &random);
  }
}

TEST(ParserReferenceTest, AgreesOnRandomTextsUnderTightCaps) {
  std::mt19937 random(2);
  for (int round = 0; round < 10000 && !testing::Test::HasFatalFailure(); ++round) {
    const Limits limits{/*max_line_bytes=*/random() % 24, /*max_event_bytes=*/random() % 12};
    ExpectReferenceAgrees(limits, &random);
  }
}

}  // namespace
}  // namespace fireworks::sse
