#include "service/contract/field_path.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/contract/testdata/library.pb.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using testing::ElementsAre;
using testing::HasSubstr;

FieldPath Compiled(const Descriptor* type, absl::string_view path) {
  absl::StatusOr<FieldPath> result = FieldPath::Compile(type, path);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : FieldPath();
}

TEST(FieldPathTest, EmptyPathLeadsNowhere) {
  const FieldPath path;
  testdata::StoryChunk chunk;
  EXPECT_TRUE(path.empty());
  EXPECT_TRUE(path.single_holder());
  path.Visit(chunk, [](const Message&) { FAIL(); });
  EXPECT_EQ(path.GetString(chunk), "");
  EXPECT_EQ(path.GetInt(chunk, 3), 3);
}

TEST(FieldPathTest, KeepsTextAndFields) {
  const FieldPath path = Compiled(testdata::StoryChunk::descriptor(), "choices.finish_reason");
  EXPECT_EQ(path.text(), "choices.finish_reason");
  ASSERT_EQ(path.fields().size(), 2u);
  EXPECT_EQ(path.fields()[0]->name(), "choices");
  EXPECT_EQ(path.leaf()->name(), "finish_reason");
  EXPECT_FALSE(path.single_holder());
  EXPECT_TRUE(
      Compiled(testdata::StoryChunk::descriptor(), "usage.details.cached_tokens").single_holder());
  EXPECT_TRUE(Compiled(testdata::StoryChunk::descriptor(), "choices").single_holder());
}

TEST(FieldPathTest, UnresolvablePartIsNamed) {
  const auto error = [](const Descriptor* type, absl::string_view path) {
    const absl::Status status = FieldPath::Compile(type, path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    return std::string(status.message());
  };
  const Descriptor* chunk = testdata::StoryChunk::descriptor();
  EXPECT_THAT(error(chunk, "usag"), HasSubstr("StoryChunk has no field \"usag\""));
  EXPECT_THAT(error(chunk, "usage.tokens"), HasSubstr("Usage has no field \"tokens\""));
  EXPECT_THAT(error(chunk, "type.x"), HasSubstr("StoryChunk.type is no message"));
  EXPECT_THAT(error(chunk, ""), HasSubstr("no field \"\""));
  EXPECT_THAT(error(chunk, "usage."), HasSubstr("Usage has no field \"\""));
  EXPECT_THAT(error(testdata::Book::descriptor(), "appendix.value.text"),
              HasSubstr("Book.appendix is no message"));
}

TEST(FieldPathTest, VisitsElementsInOrder) {
  testdata::StoryChunk chunk;
  for (const int index : {2, 0, 1}) chunk.add_choices()->set_index(index);
  std::vector<int> seen;
  Compiled(chunk.descriptor(), "choices.index").Visit(chunk, [&](const Message& holder) {
    seen.push_back(static_cast<const testdata::StoryChunk::Choice&>(holder).index());
  });
  EXPECT_THAT(seen, ElementsAre(2, 0, 1));
}

TEST(FieldPathTest, UnsetMessagesAreNotVisited) {
  testdata::StoryChunk chunk;
  const FieldPath path = Compiled(chunk.descriptor(), "usage.details.cached_tokens");
  int holders = 0;
  const auto count = [&](const Message&) { ++holders; };
  path.Visit(chunk, count);
  chunk.mutable_usage();
  path.Visit(chunk, count);
  EXPECT_EQ(holders, 0);
  EXPECT_EQ(path.FindHolder(chunk), nullptr);
  chunk.mutable_usage()->mutable_details();
  path.Visit(chunk, count);
  EXPECT_EQ(holders, 1);
  EXPECT_EQ(path.FindHolder(chunk), &chunk.usage().details());
}

TEST(FieldPathTest, ReadsTheFirstHolder) {
  testdata::StoryChunk chunk;
  const FieldPath index = Compiled(chunk.descriptor(), "choices.index");
  const FieldPath reason = Compiled(chunk.descriptor(), "choices.finish_reason");
  EXPECT_EQ(index.GetInt(chunk, -1), -1);
  EXPECT_EQ(reason.GetString(chunk), "");
  chunk.add_choices()->set_index(7);
  chunk.add_choices()->set_finish_reason("stop");
  EXPECT_EQ(index.GetInt(chunk, -1), 7);
  EXPECT_EQ(reason.GetString(chunk), "");
  chunk.mutable_choices(0)->set_finish_reason("length");
  EXPECT_EQ(reason.GetString(chunk), "length");
}

TEST(FieldPathTest, SetsTheLeafOfTheFirstHolder) {
  testdata::StoryChunk chunk;
  const FieldPath reason = Compiled(chunk.descriptor(), "choices.finish_reason");
  reason.SetString(&chunk, "stop");  // There is no holder.
  EXPECT_EQ(chunk.choices_size(), 0);
  chunk.add_choices();
  chunk.add_choices()->set_finish_reason("length");
  reason.SetString(&chunk, "stop");
  EXPECT_EQ(chunk.choices(0).finish_reason(), "stop");
  EXPECT_EQ(chunk.choices(1).finish_reason(), "length");
}

TEST(FieldPathTest, ReadsIntegersOfEveryWidth) {
  testdata::StoryChunk chunk;
  chunk.mutable_usage()->set_prompt_tokens(1);
  chunk.mutable_usage()->set_completion_tokens(int64_t{1} << 40);
  chunk.mutable_usage()->mutable_details()->set_cached_tokens(4000000000u);
  const Descriptor* type = chunk.descriptor();
  EXPECT_EQ(Compiled(type, "usage.prompt_tokens").GetInt(chunk), 1);
  EXPECT_EQ(Compiled(type, "usage.completion_tokens").GetInt(chunk), int64_t{1} << 40);
  EXPECT_EQ(Compiled(type, "usage.details.cached_tokens").GetInt(chunk), 4000000000);
  testdata::ListBooksRequest request;
  request.set_big(5);
  EXPECT_EQ(Compiled(request.descriptor(), "big").GetInt(request), 5);
}

TEST(FieldPathTest, UnsetIntegerIsTheDefaultAndZeroIsNot) {
  testdata::StoryChunk chunk;
  const FieldPath path = Compiled(chunk.descriptor(), "usage.prompt_tokens");
  chunk.mutable_usage();
  EXPECT_EQ(path.GetInt(chunk, 9), 9);
  chunk.mutable_usage()->set_prompt_tokens(0);
  EXPECT_EQ(path.GetInt(chunk, 9), 0);
}

}  // namespace
}  // namespace fireworks::contract
