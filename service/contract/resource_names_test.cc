#include "service/contract/resource_names.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "service/contract/testdata/broken.pb.h"
#include "service/contract/testdata/library.pb.h"

namespace fireworks::contract {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Resolved(std::string name) {
  EXPECT_TRUE(ResolveAccount("acme", &name).ok());
  return name;
}

TEST(ResolveAccountTest, DashStandsForTheAccount) {
  EXPECT_EQ(Resolved("accounts/-"), "accounts/acme");
  EXPECT_EQ(Resolved("accounts/-/models/m"), "accounts/acme/models/m");
  EXPECT_EQ(Resolved("accounts/-/"), "accounts/acme/");
}

TEST(ResolveAccountTest, OtherNamesStay) {
  for (const char* name :
       {"", "accounts", "accounts/", "accounts/a/models/-", "accounts/-a/models/m", "accounts/a",
        "xaccounts/-/models/m", "models/accounts/-", "/accounts/-", "-"}) {
    EXPECT_EQ(Resolved(name), name);
  }
}

TEST(ResolveAccountTest, MissingConfigurationIsNamed) {
  std::string name = "accounts/-/models/m";
  const absl::Status status = ResolveAccount("", &name);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("account_id"));
  EXPECT_EQ(name, "accounts/-/models/m");
  name = "accounts/a";
  EXPECT_TRUE(ResolveAccount("", &name).ok());
}

testdata::Book FullBook() {
  testdata::Book book;
  book.set_name("accounts/-/books/unannotated");
  book.set_shelf("accounts/-/shelves/s");
  book.add_authors("accounts/b/users/u");
  book.add_authors("accounts/-/users/u");
  book.add_chapters()->set_text("accounts/-");
  book.add_chapters()->set_source("accounts/-");
  (*book.mutable_appendix())["a"].set_source("accounts/-/x");
  book.mutable_sequel()->mutable_sequel()->set_shelf("accounts/-/shelves/3");
  return book;
}

TEST(ResourceReferencesTest, AnnotatedFieldsAreResolvedAtAnyDepth) {
  absl::StatusOr<ResourceReferences> references =
      ResourceReferences::Compile(testdata::CreateBookRequest::descriptor());
  ASSERT_TRUE(references.ok()) << references.status();
  EXPECT_FALSE(references->empty());
  testdata::CreateBookRequest request;
  *request.mutable_book() = FullBook();
  ASSERT_TRUE(references->Resolve("acme", &request).ok());
  const testdata::Book& book = request.book();
  EXPECT_EQ(book.name(), "accounts/-/books/unannotated");
  EXPECT_EQ(book.shelf(), "accounts/acme/shelves/s");
  EXPECT_THAT(book.authors(), ElementsAre("accounts/b/users/u", "accounts/acme/users/u"));
  EXPECT_EQ(book.chapters(0).text(), "accounts/-");
  EXPECT_FALSE(book.chapters(0).has_source());
  EXPECT_EQ(book.chapters(1).source(), "accounts/acme");
  EXPECT_EQ(book.appendix().at("a").source(), "accounts/acme/x");
  EXPECT_EQ(book.sequel().sequel().shelf(), "accounts/acme/shelves/3");
}

TEST(ResourceReferencesTest, UnsetMessagesStayUnset) {
  absl::StatusOr<ResourceReferences> references =
      ResourceReferences::Compile(testdata::CreateBookRequest::descriptor());
  ASSERT_TRUE(references.ok());
  testdata::CreateBookRequest request;
  ASSERT_TRUE(references->Resolve("acme", &request).ok());
  EXPECT_FALSE(request.has_book());
  request.mutable_book();
  ASSERT_TRUE(references->Resolve("acme", &request).ok());
  EXPECT_FALSE(request.book().has_sequel());
}

TEST(ResourceReferencesTest, NoAccountIsNeededWhereNoneIsAskedFor) {
  absl::StatusOr<ResourceReferences> references =
      ResourceReferences::Compile(testdata::Book::descriptor());
  ASSERT_TRUE(references.ok());
  testdata::Book book;
  book.set_shelf("accounts/a/shelves/s");
  const testdata::Book before = book;
  EXPECT_TRUE(references->Resolve("", &book).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(book, before));
  book.set_shelf("accounts/-/shelves/s");
  EXPECT_EQ(references->Resolve("", &book).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ResourceReferencesTest, TypesWithoutReferencesAreEmpty) {
  absl::StatusOr<ResourceReferences> references =
      ResourceReferences::Compile(testdata::ListBooksRequest::descriptor());
  ASSERT_TRUE(references.ok());
  EXPECT_TRUE(references->empty());
  testdata::ListBooksRequest request;
  request.set_parent("accounts/-");
  EXPECT_TRUE(references->Resolve("", &request).ok());
  EXPECT_EQ(request.parent(), "accounts/-");
  EXPECT_TRUE(ResourceReferences().empty());
}

TEST(ResourceReferencesTest, AnnotatedNumberDoesNotCompile) {
  const absl::Status status =
      ResourceReferences::Compile(testdata::broken::WithNumberReference::descriptor()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("WithNumberReference.model"));
}

}  // namespace
}  // namespace fireworks::contract
