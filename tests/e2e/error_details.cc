#include "tests/e2e/error_details.h"

#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace fireworks::e2e {
namespace {

template <typename Detail>
bool Unpack(const google::protobuf::Any& any, absl::optional<Detail>* detail) {
  return any.Is<Detail>() && any.UnpackTo(&detail->emplace());
}

}  // namespace

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status full;
  EXPECT_TRUE(full.ParseFromString(status.error_details()));
  if (status.error_details().empty()) return details;
  EXPECT_EQ(full.code(), status.error_code());
  EXPECT_EQ(full.message(), status.error_message());
  for (const google::protobuf::Any& any : full.details()) {
    EXPECT_TRUE(Unpack(any, &details.info) || Unpack(any, &details.request) ||
                Unpack(any, &details.retry) || Unpack(any, &details.bad_request) ||
                Unpack(any, &details.upstream))
        << any.type_url();
  }
  return details;
}

std::string ReasonOf(const grpc::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  return details.info ? details.info->reason() : std::string();
}

}  // namespace fireworks::e2e
