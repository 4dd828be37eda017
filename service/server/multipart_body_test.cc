#include "service/server/multipart_body.h"

#include <string>
#include <utility>
#include <vector>

#include "fireworks/gateway/v1/dataset_service.pb.h"
#include "gmock/gmock.h"
#include "service/errors/field_violations.h"

namespace fireworks::server {
namespace {

using fireworks::gateway::v1::UploadDatasetFileRequest;
using testing::HasSubstr;
using testing::StartsWith;

const contract::UploadRules& Rules() {
  static const auto& routes = *new contract::RouteTable(*contract::RouteTable::Compile(
      {UploadDatasetFileRequest::descriptor()->file()->FindServiceByName("DatasetService")}));
  return *routes.Find("/fireworks.gateway.v1.DatasetService/UploadDatasetFile")->upload;
}

UploadDatasetFileRequest First() {
  UploadDatasetFileRequest request;
  request.mutable_metadata()->set_name("accounts/a/datasets/d");
  return request;
}

UploadDatasetFileRequest Data(const std::string& bytes) {
  UploadDatasetFileRequest request;
  request.set_data(bytes);
  return request;
}

std::string FieldOf(const absl::Status& status) {
  const auto violations = errors::GetFieldViolations(status);
  return violations.field_violations_size() == 1 ? violations.field_violations(0).field() : "";
}

TEST(MultipartBodyTest, PreamblePiecesAndEpilogueMakeAForm) {
  auto first = First();
  first.mutable_metadata()->set_filename("rows \"1\".jsonl");
  first.mutable_metadata()->set_size_bytes(4);
  auto body = MultipartBody::Create(Rules(), first);
  ASSERT_TRUE(body.ok()) << body.status();
  ASSERT_THAT(body->content_type(), StartsWith("multipart/form-data; boundary="));
  const std::string boundary = body->content_type().substr(30);
  const std::string whole = body->preamble() + *body->TakePiece(Data("ab")) +
                            *body->TakePiece(Data("cd")) + body->epilogue();
  EXPECT_EQ(body->TakePiece(Data("x")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(whole, StartsWith("--" + boundary + "\r\n"));
  EXPECT_THAT(whole, HasSubstr("name=\"file\"; filename=\"rows %221%22.jsonl\"\r\n"));
  EXPECT_THAT(whole, testing::EndsWith("\r\n--" + boundary + "--\r\n"));
}

// Readers of quoted strings must find the name's end where it is.
TEST(MultipartBodyTest, ABackslashIsNoEscapeOfTheClosingQuote) {
  auto first = First();
  for (const auto& [name, quoted] : std::vector<std::pair<std::string, std::string>>{
           {"rows\\", "rows\\\\"}, {"a\\\"b", "a\\\\%22b"}, {"c:\\a", "c:\\\\a"}}) {
    first.mutable_metadata()->set_filename(name);
    const auto body = MultipartBody::Create(Rules(), first);
    ASSERT_TRUE(body.ok());
    EXPECT_THAT(body->preamble(), HasSubstr("; filename=\"" + quoted + "\"\r\n")) << name;
  }
}

TEST(MultipartBodyTest, AnAnnouncedSizeIsHeldTo) {
  auto first = First();
  first.mutable_metadata()->set_size_bytes(3);
  auto body = MultipartBody::Create(Rules(), first);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->size(), body->preamble().size() + 3 + body->epilogue().size());
  ASSERT_TRUE(body->TakePiece(Data("ab")).ok());
  EXPECT_EQ(FieldOf(body->CheckComplete()), "metadata.size_bytes");
  EXPECT_EQ(FieldOf(body->TakePiece(Data("cd")).status()), "data");
}

TEST(MultipartBodyTest, WithoutASizeAnyNumberOfBytesIsComplete) {
  auto body = MultipartBody::Create(Rules(), First());
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->size(), std::nullopt);
  EXPECT_TRUE(body->CheckComplete().ok());
  ASSERT_TRUE(body->TakePiece(Data("abc")).ok());
  EXPECT_TRUE(body->CheckComplete().ok());
  EXPECT_THAT(body->preamble(), HasSubstr("filename=\"file\""));
}

TEST(MultipartBodyTest, MistakesNameTheField) {
  auto first = First();
  first.mutable_metadata()->set_size_bytes(-1);
  EXPECT_EQ(FieldOf(MultipartBody::Create(Rules(), first).status()), "metadata.size_bytes");
  first = First();
  first.mutable_metadata()->set_filename("a\r\nx-injected: 1");
  EXPECT_EQ(FieldOf(MultipartBody::Create(Rules(), first).status()), "metadata.filename");
  EXPECT_EQ(FieldOf(MultipartBody::Create(Rules(), Data("early")).status()), "data");
  auto body = MultipartBody::Create(Rules(), First());
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(FieldOf(body->TakePiece(First()).status()), "data");
}

}  // namespace
}  // namespace fireworks::server
