// A Connection for the tests of code that uses the clients (GoogleMock).
#ifndef FIREWORKS_CLIENT_CPP_MOCK_CONNECTION_H_
#define FIREWORKS_CLIENT_CPP_MOCK_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cpp/rpc.h"
#include "gmock/gmock.h"

namespace fireworks::client {

class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::Status, Call,
              (const std::string& method, const google::protobuf::Message& request,
               google::protobuf::Message* response, const CallOptions& options),
              (override));
  MOCK_METHOD(std::unique_ptr<MessageReader>, Read,
              (const std::string& method, const google::protobuf::Message& request,
               const CallOptions& options),
              (override));
  MOCK_METHOD(std::unique_ptr<MessageWriter>, Write,
              (const std::string& method, const CallOptions& options), (override));
  MOCK_METHOD(std::shared_ptr<RunningCall>, Subscribe,
              (const std::string& method, const google::protobuf::Message& request,
               StreamHandler handler, const CallOptions& options),
              (override));
};

// A stream of given messages, and then a status; for MockConnection::Read.
template <typename T>
class FakeReader final : public MessageReader {
 public:
  FakeReader(std::vector<T> messages, absl::Status status, ReceivedMetadata metadata = {})
      : messages_(std::move(messages)),
        status_(std::move(status)),
        metadata_(std::move(metadata)) {}

  bool Read(google::protobuf::Message* message) override {
    if (next_ == messages_.size()) return false;
    message->CopyFrom(messages_[next_++]);
    return true;
  }
  const absl::Status& Finish() override {
    next_ = messages_.size();
    return status_;
  }
  void Cancel() override {
    if (next_ == messages_.size()) return;
    next_ = messages_.size();
    status_ = absl::CancelledError("cancelled");
  }
  const ReceivedMetadata& metadata() const override { return metadata_; }

 private:
  const std::vector<T> messages_;
  std::size_t next_ = 0;
  absl::Status status_;
  const ReceivedMetadata metadata_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_MOCK_CONNECTION_H_
