// Proves that the hot path allocates nothing, by counting what this binary asks
// of operator new.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "service/sse/parser.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace fireworks::sse {
namespace {

class CountingHandler : public Handler {
 public:
  void OnEvent(const Event& event) override { bytes_ += event.type.size() + event.data.size(); }
  void OnComment(absl::string_view comment) override { bytes_ += comment.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

std::size_t AllocationsOf(Parser* parser, absl::string_view piece) {
  const std::size_t before = allocations;
  const bool ok = parser->Feed(piece).ok();
  const std::size_t after = allocations;
  EXPECT_TRUE(ok);
  return after - before;
}

TEST(ParserAllocationTest, WholeEventsAllocateNothing) {
  const std::string event =
      absl::StrCat("event: chunk\ndata: ", std::string(200, 'x'), "\n\n: hm\n");
  const std::string crlf = absl::StrCat("data: ", std::string(200, 'x'), "\r\n\r\n");
  const std::string piece = absl::StrCat(event, event, crlf, crlf, event);
  CountingHandler handler;
  Parser parser(&handler);
  EXPECT_EQ(AllocationsOf(&parser, piece), 0u);
  EXPECT_EQ(AllocationsOf(&parser, piece), 0u);
  EXPECT_GT(handler.bytes(), 2000u);
}

TEST(ParserAllocationTest, SplitEventsReuseWhatEarlierOnesAllocated) {
  const std::string event = absl::StrCat("data: ", std::string(200, 'x'), "\n\n");
  CountingHandler handler;
  Parser parser(&handler);
  const absl::string_view first_half = absl::string_view(event).substr(0, 100);
  const absl::string_view second_half = absl::string_view(event).substr(100);
  EXPECT_GT(AllocationsOf(&parser, first_half) + AllocationsOf(&parser, second_half), 0u);
  EXPECT_EQ(AllocationsOf(&parser, first_half), 0u);
  EXPECT_EQ(AllocationsOf(&parser, second_half), 0u);
}

}  // namespace
}  // namespace fireworks::sse
