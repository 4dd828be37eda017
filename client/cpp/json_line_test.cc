#include "client/cpp/json_line.h"

#include "fireworks/gateway/v1/model.pb.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

TEST(JsonLine, HasTheNamesOfTheWire) {
  fireworks::inference::v1::ChatCompletionStreamResponse chunk;
  auto* choice = chunk.add_choices();
  choice->mutable_delta()->set_reasoning_content("hm");
  choice->set_finish_reason("stop");
  EXPECT_EQ(JsonLine(chunk),
            "{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"},\"finish_reason\":\"stop\"}]}"
            "\n");

  fireworks::gateway::v1::Model model;
  model.set_display_name("M");
  EXPECT_EQ(JsonLine(model), "{\"displayName\":\"M\"}\n");
}

TEST(JsonLine, IsOneLineWhateverTheTextHolds) {
  fireworks::inference::v1::ChatCompletionStreamResponse chunk;
  chunk.set_id("a\nb\r");
  EXPECT_EQ(JsonLine(chunk), "{\"id\":\"a\\nb\\r\"}\n");
}

}  // namespace
}  // namespace fireworks::client
