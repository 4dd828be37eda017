#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/contract/route.h"
#include "service/contract/testdata/library.pb.h"
#include "service/errors/field_violations.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kAccount[] = "acme";

const RouteTable& Table() {
  static const auto* const kTable = [] {
    absl::StatusOr<RouteTable> table =
        RouteTable::Compile({testdata::Book::descriptor()->file()->service(0)});
    EXPECT_TRUE(table.ok()) << table.status();
    return new RouteTable(*std::move(table));
  }();
  return *kTable;
}

// The target of `method` of LibraryService for a request in text format.
template <typename Request>
absl::StatusOr<std::string> Target(const std::string& method, const std::string& text,
                                   absl::string_view account_id = kAccount) {
  Request request;
  EXPECT_TRUE(TextFormat::ParseFromString(text, &request)) << text;
  const Route* route = Table().Find("/fireworks.contract.testdata.LibraryService/" + method);
  EXPECT_NE(route, nullptr) << method;
  return BuildTarget(*route, request, {account_id});
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::BadRequest details = errors::GetFieldViolations(status);
  for (const auto& violation : details.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

TEST(BuildTargetTest, PathAndQuery) {
  EXPECT_EQ(*Target<testdata::GetBookRequest>("GetBook", "name: 'accounts/a/books/b'"),
            "/v1/accounts/a/books/b");
  EXPECT_EQ(*Target<testdata::GetBookRequest>(
                "GetBook", "name: 'accounts/a/books/b c' read_mask {paths: 'name'}"),
            "/v1/accounts/a/books/b%20c?readMask=name");
  EXPECT_EQ(*Target<testdata::ListBooksRequest>(
                "ListBooks", "parent: 'accounts/a' page_size: 2 order_by: 'x'"),
            "/v1/accounts/a/books?pageSize=2&orderBy=x");
  EXPECT_EQ(*Target<testdata::GetPageRequest>("GetPage",
                                              "parent: 'accounts/a/books/b' page_id: '7'"),
            "/v1/accounts/a/books/b/pages/7:render");
  EXPECT_EQ(*Target<testdata::CreateBookRequest>(
                "CreateBook", "parent: 'accounts/a' book {title: 't'} book_id: 'b'"),
            "/v1/accounts/a/books?bookId=b");
  EXPECT_EQ(*Target<testdata::ScaleBookRequest>("ScaleBook",
                                                "name: 'accounts/a/books/b' copies: 3"),
            "/v1/accounts/a/books/b:scale");
  EXPECT_EQ(*Target<testdata::UploadBookRequest>("UploadBook",
                                                 "metadata {name: 'accounts/a/books/b'}"),
            "/v1/accounts/a/books/b:upload");
}

TEST(BuildTargetTest, MaskOfAPatchDoesNotTravel) {
  EXPECT_EQ(*Target<testdata::UpdateBookRequest>(
                "UpdateBook",
                "book {name: 'accounts/a/books/b'} update_mask {paths: 'title'} "
                "validate_only: true"),
            "/v1/accounts/a/books/b?validateOnly=true");
}

TEST(BuildTargetTest, PatchWithoutMaskIsRefused) {
  for (const char* request : {"book {name: 'accounts/a/books/b'}",
                              "book {name: 'accounts/a/books/b'} update_mask {}"}) {
    const absl::Status status =
        Target<testdata::UpdateBookRequest>("UpdateBook", request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Fields(status), ElementsAre("update_mask"));
  }
}

TEST(BuildTargetTest, EveryViolationIsReportedAtOnce) {
  const absl::Status status =
      Target<testdata::CreateBookRequest>("CreateBook", "parent: 'accounts/..'").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(status), ElementsAre("parent", "book", "book_id"));
}

TEST(BuildTargetTest, UnsetNestedVariableIsRequired) {
  const absl::Status status =
      Target<testdata::UpdateBookRequest>("UpdateBook", "update_mask {paths: 'title'}").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(status), ElementsAre("book.name"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("accounts/*/books/*"));
}

TEST(BuildTargetTest, DashIsTheConfiguredAccount) {
  EXPECT_EQ(*Target<testdata::GetBookRequest>("GetBook", "name: 'accounts/-/books/b'"),
            "/v1/accounts/acme/books/b");
  EXPECT_EQ(*Target<testdata::ListBooksRequest>("ListBooks", "parent: 'accounts/-'"),
            "/v1/accounts/acme/books");
  EXPECT_EQ(*Target<testdata::UpdateBookRequest>(
                "UpdateBook", "book {name: 'accounts/-/books/-'} update_mask {paths: '*'}"),
            "/v1/accounts/acme/books/-");
}

TEST(BuildTargetTest, DashStaysOutsideAccounts) {
  EXPECT_EQ(*Target<testdata::GetFileRequest>("GetFile", "name: 'shelves/-/files/x'", ""),
            "/v1/shelves/-/files/x");
}

TEST(BuildTargetTest, DashWithoutAConfiguredAccountIsAPrecondition) {
  const absl::Status status =
      Target<testdata::GetBookRequest>("GetBook", "name: 'accounts/-/books/b'", "").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("account_id"));
  EXPECT_TRUE(Target<testdata::GetBookRequest>("GetBook", "name: 'accounts/a/books/b'", "").ok());
}

TEST(BuildTargetTest, HostileIdsReachNoOtherOperation) {
  const Route* route = Table().Find("/fireworks.contract.testdata.LibraryService/GetBook");
  for (const std::string& id :
       {std::string("b:scale"), std::string("../users/u"), std::string(".."), std::string(),
        std::string("b/pages/7"), std::string("b?x=1"), std::string("b#"), std::string("%2e%2e"),
        std::string("b\0", 2), std::string("b HTTP/1.1\r\nX: y")}) {
    testdata::GetBookRequest request;
    request.set_name("accounts/a/books/" + id);
    const absl::Status status = BuildTarget(*route, request, {kAccount}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << id;
    EXPECT_THAT(Fields(status), ElementsAre("name"));
  }
}

}  // namespace
}  // namespace fireworks::contract
