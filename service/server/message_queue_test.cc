#include "service/server/message_queue.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

std::vector<OutgoingMessage> Messages(std::size_t first, std::size_t count) {
  std::vector<OutgoingMessage> messages;
  for (std::size_t i = first; i < first + count; ++i) messages.push_back(CopyOf(std::to_string(i)));
  return messages;
}

std::string Text(const OutgoingMessage& message) {
  return std::string(reinterpret_cast<const char*>(message.bytes.begin()), message.bytes.size());
}

TEST(MessageQueueTest, GivesMessagesInTheOrderInWhichTheyCame) {
  MessageQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.Append(Messages(0, 3));
  EXPECT_EQ(Text(queue.Take()), "0");
  queue.Append(Messages(3, 2));
  EXPECT_EQ(queue.size(), 4u);
  for (const char* expected : {"1", "2", "3", "4"}) EXPECT_EQ(Text(queue.Take()), expected);
  EXPECT_TRUE(queue.empty());
  queue.Append(Messages(5, 1));
  EXPECT_EQ(Text(queue.Take()), "5");
}

// A reader that is a little slow all the time: the queue never runs empty.
TEST(MessageQueueTest, OrderHoldsWhereTheRoomOfTakenMessagesIsUsedAgain) {
  MessageQueue queue;
  queue.Append(Messages(0, 3));
  std::size_t added = 3;
  for (std::size_t taken = 0; taken < 1000; ++taken) {
    ASSERT_EQ(Text(queue.Take()), std::to_string(taken));
    queue.Append(Messages(added++, 1));
    ASSERT_EQ(queue.size(), 3u);
  }
}

TEST(MessageQueueTest, ClearForgetsAll) {
  MessageQueue queue;
  queue.Append(Messages(0, 3));
  queue.Take();
  queue.Clear();
  EXPECT_TRUE(queue.empty());
  queue.Append(Messages(7, 1));
  EXPECT_EQ(Text(queue.Take()), "7");
}

}  // namespace
}  // namespace fireworks::server
