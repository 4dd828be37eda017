// A client-streaming RPC becomes one multipart request, or none.
#include <chrono>
#include <memory>
#include <string>

#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using fireworks::gateway::v1::DatasetService;
using fireworks::gateway::v1::FileUploadResponse;
using fireworks::gateway::v1::UploadDatasetFileRequest;
using grpc::StatusCode;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kPieceBytes = 64 << 10;

class UploadTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    StartService([this](server::Options* options) {
      options->upstream.base_url = upstream_.base_url();
    });
    stub_ = DatasetService::NewStub(NewChannel());
  }

  // Sends the first message, then `bytes` in pieces; stops early when the service
  // has ended the call.
  grpc::Status Upload(const UploadDatasetFileRequest& first, const std::string& bytes) {
    CallContext context;
    const auto writer = stub_->UploadDatasetFile(&context, &response_);
    bool open = writer->Write(first);
    for (std::size_t at = 0; open && at < bytes.size(); at += kPieceBytes) {
      UploadDatasetFileRequest piece;
      piece.set_data(bytes.substr(at, kPieceBytes));
      open = writer->Write(piece);
    }
    writer->WritesDone();
    return writer->Finish();
  }

  static UploadDatasetFileRequest First() {
    UploadDatasetFileRequest first;
    first.mutable_metadata()->set_name("accounts/a/datasets/d");
    first.mutable_metadata()->set_filename("rows.jsonl");
    return first;
  }

  // Every byte value, many times over.
  static std::string Bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    return bytes;
  }

  // Checks that upstream saw one upload of exactly `bytes`.
  void ExpectUploaded(const std::string& bytes) {
    const auto requests = upstream_.requests();
    ASSERT_EQ(requests.size(), 1u);
    const simulator::HttpRequest& request = requests[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/v1/accounts/a/datasets/d:upload");
    const std::string type(simulator::FindHeader(request.headers, "content-type"));
    ASSERT_THAT(type, StartsWith("multipart/form-data; boundary="));
    const std::string boundary = "--" + type.substr(type.find('=') + 1);
    const std::size_t body = request.body.find("\r\n\r\n");
    ASSERT_NE(body, std::string::npos);
    const std::string head = request.body.substr(0, body);
    EXPECT_THAT(head, StartsWith(boundary + "\r\n"));
    EXPECT_THAT(head, HasSubstr("name=\"file\"; filename=\"rows.jsonl\""));
    const std::string tail = "\r\n" + boundary + "--\r\n";
    // Not EXPECT_EQ, which would print megabytes.
    EXPECT_TRUE(request.body.substr(body + 4) == bytes + tail);
  }

  ScriptedUpstream upstream_{simulator::JsonResponse(
      200, R"({"id":"file-1","object":"file","bytes":"3","created_at":"1767225600"})")};
  std::unique_ptr<DatasetService::Stub> stub_;
  FileUploadResponse response_;
};

TEST_F(UploadTest, AnAnnouncedSizeBecomesAContentLength) {
  const std::string bytes = Bytes(5 << 20);
  auto first = First();
  first.mutable_metadata()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  const grpc::Status status = Upload(first, bytes);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.id(), "file-1");
  ExpectUploaded(bytes);
  EXPECT_NE(simulator::FindHeader(upstream_.requests()[0].headers, "content-length"), "");
}

TEST_F(UploadTest, WithoutASizeTheBodyIsChunked) {
  const std::string bytes = Bytes((1 << 20) + 1);
  const grpc::Status status = Upload(First(), bytes);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ExpectUploaded(bytes);
  EXPECT_EQ(simulator::FindHeader(upstream_.requests()[0].headers, "content-length"), "");
}

TEST_F(UploadTest, AnEmptyFileIsAFile) {
  const grpc::Status status = Upload(First(), "");
  EXPECT_TRUE(status.ok()) << status.error_message();
  ExpectUploaded("");
}

TEST_F(UploadTest, AnotherSizeThanAnnouncedIsRefusedAndNotCompleted) {
  for (const std::int64_t announced : {10, 1000}) {
    auto first = First();
    first.mutable_metadata()->set_size_bytes(announced);
    const grpc::Status status = Upload(first, Bytes(100));
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << announced;
    EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  }
  StopService();
  EXPECT_EQ(upstream_.requests().size(), 0u);
}

TEST_F(UploadTest, WhatDoesNotBeginWithMetadataIsRefused) {
  UploadDatasetFileRequest data;
  data.set_data("early");
  EXPECT_EQ(Upload(data, "").error_code(), StatusCode::INVALID_ARGUMENT);
  CallContext context;
  const auto writer = stub_->UploadDatasetFile(&context, &response_);
  writer->WritesDone();
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::INVALID_ARGUMENT);
  StopService();
  EXPECT_EQ(upstream_.requests().size(), 0u);
}

TEST_F(UploadTest, HalfAFileOfACallerThatIsGoneIsNeverCompleted) {
  CallContext context;
  const auto writer = stub_->UploadDatasetFile(&context, &response_);
  ASSERT_TRUE(writer->Write(First()));
  UploadDatasetFileRequest piece;
  piece.set_data(Bytes(kPieceBytes));
  ASSERT_TRUE(writer->Write(piece));
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::CANCELLED);
  ASSERT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 0; }));
  StopService();
  EXPECT_EQ(upstream_.requests().size(), 0u);
}

// Callers that begin an upload and then say nothing; see Limits.upload_idle_timeout.
class IdleUploadTest : public UploadTest {
 protected:
  void StartService(std::chrono::milliseconds limit) {
    UploadTest::StartService([&](server::Options* options) {
      options->upstream.base_url = upstream_.base_url();
      options->limits.upload_idle_timeout = limit;
    });
    stub_ = DatasetService::NewStub(NewChannel());
  }

  void ExpectEnded(grpc::ClientWriter<UploadDatasetFileRequest>* writer) {
    const grpc::Status status = writer->Finish();
    EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
    EXPECT_EQ(ReasonOf(status), "CALL_TIMEOUT");
    EXPECT_THAT(status.error_message(), HasSubstr("sent nothing of its upload"));
    EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 0; }));
    StopService();
    EXPECT_EQ(upstream_.requests().size(), 0u);
  }
};

TEST_F(IdleUploadTest, ACallerThatNeverBeginsIsNotWaitedFor) {
  StartService(std::chrono::milliseconds(50));
  CallContext context;
  const auto writer = stub_->UploadDatasetFile(&context, &response_);
  ExpectEnded(writer.get());
}

TEST_F(IdleUploadTest, ACallerThatFallsSilentIsNotWaitedFor) {
  StartService(std::chrono::milliseconds(50));
  CallContext context;
  const auto writer = stub_->UploadDatasetFile(&context, &response_);
  // It may have been too slow for the first message already.
  writer->Write(First());
  UploadDatasetFileRequest piece;
  piece.set_data(Bytes(kPieceBytes));
  writer->Write(piece);
  ExpectEnded(writer.get());
}

TEST_F(IdleUploadTest, AnUploadThatIsWaitedForEndsWithTheService) {
  StartService(std::chrono::hours(1));
  CallContext context;
  const auto writer = stub_->UploadDatasetFile(&context, &response_);
  ASSERT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 1; }));
  StopService();
  EXPECT_EQ(ReasonOf(writer->Finish()), "DRAINING");
}

}  // namespace
}  // namespace fireworks::e2e
