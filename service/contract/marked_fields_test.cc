#include "service/contract/marked_fields.h"

#include <string>
#include <vector>

#include "fireworks/options/v1/options.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "service/contract/testdata/library.pb.h"

namespace fireworks::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::UnorderedElementsAre;

MarkedFields Named(const google::protobuf::Descriptor* type, const std::string& name) {
  return MarkedFields::Find(
      type, [&name](const FieldDescriptor& field) { return field.name() == name; });
}

// The values of the string field `name` that a visit of `book` sees.
std::vector<std::string> Seen(const std::string& name, testdata::Book* book) {
  std::vector<std::string> seen;
  const MarkedFields marked = Named(book->descriptor(), name);
  const absl::Status status = marked.Visit(book, [&](Message* holder, const FieldDescriptor* field) {
    seen.push_back(holder->GetReflection()->GetString(*holder, field));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  return seen;
}

TEST(MarkedFieldsTest, FindsFieldsInListsMapsAndRecursion) {
  testdata::Book book;
  book.add_chapters()->set_text("one");
  (*book.mutable_appendix())["a"].set_text("two");
  book.mutable_sequel()->add_chapters()->set_text("three");
  EXPECT_THAT(Seen("text", &book), UnorderedElementsAre("one", "two", "three"));
}

TEST(MarkedFieldsTest, VisitsUnsetFieldsButEntersNoUnsetMessage) {
  testdata::Book book;
  EXPECT_THAT(Seen("shelf", &book), UnorderedElementsAre(""));
  book.mutable_sequel();
  EXPECT_THAT(Seen("shelf", &book), UnorderedElementsAre("", ""));
}

TEST(MarkedFieldsTest, NothingMarkedIsEmpty) {
  EXPECT_TRUE(Named(testdata::Book::descriptor(), "no_such_field").empty());
  EXPECT_TRUE(MarkedFields().empty());
  const MarkedFields shelf = Named(testdata::Book::descriptor(), "shelf");
  EXPECT_FALSE(shelf.empty());
  ASSERT_EQ(shelf.all().size(), 1u);
  EXPECT_EQ(shelf.all()[0]->name(), "shelf");
}

TEST(MarkedFieldsTest, AnErrorEndsTheVisit) {
  testdata::Book book;
  book.mutable_sequel()->set_shelf("s");
  int visits = 0;
  const absl::Status status =
      Named(book.descriptor(), "shelf").Visit(&book, [&](Message*, const FieldDescriptor*) {
        ++visits;
        return absl::DataLossError("enough");
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace fireworks::contract
