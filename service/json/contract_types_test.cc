// That contract_property_test has the contract to test.
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::json {
namespace {

TEST(ContractTypesTest, TheContractIsLinkedIn) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name : {"fireworks.inference.v1.ChatCompletionRequest",
                           "fireworks.inference.v1.ChatCompletionStreamResponse",
                           "fireworks.gateway.v1.Model"}) {
    EXPECT_NE(pool->FindMessageTypeByName(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace fireworks::json
