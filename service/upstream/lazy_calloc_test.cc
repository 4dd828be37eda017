#include "service/upstream/lazy_calloc.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

struct Free {
  void operator()(char* block) const { std::free(block); }
};
using Block = std::unique_ptr<char, Free>;

Block Lazy(std::size_t count, std::size_t size) {
  return Block(static_cast<char*>(LazyCalloc(count, size)));
}

// Has malloc's memory hold something, so that blocks that follow have been in use.
void Litter(std::size_t bytes) {
  std::vector<Block> blocks;
  for (int i = 0; i < 8; ++i) {
    blocks.emplace_back(static_cast<char*>(std::malloc(bytes)));
    std::memset(blocks.back().get(), 0xa5, bytes);
  }
}

// Pages that lie within the block and are in memory.
std::size_t ResidentPages(const Block& block, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(block.get());
  const std::uintptr_t first = (begin + page - 1) / page * page;
  std::vector<unsigned char> resident((begin + bytes - first) / page);
  if (mincore(reinterpret_cast<void*>(first), resident.size() * page, resident.data()) != 0) {
    ADD_FAILURE() << "mincore";
  }
  return static_cast<std::size_t>(
      std::count_if(resident.begin(), resident.end(), [](auto bits) { return (bits & 1) != 0; }));
}

TEST(LazyCallocTest, BlocksAreZeroWhateverWasThereBefore) {
  for (const std::size_t bytes : {0, 1, 100, 4096, 16'383, 16'384, 16'424, 20'001, 65'584,
                                  1'000'000}) {
    Litter(bytes);
    for (int i = 0; i < 4; ++i) {
      const Block block = Lazy(1, bytes);
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(std::all_of(block.get(), block.get() + bytes, [](char c) { return c == 0; }))
          << bytes;
    }
  }
}

TEST(LazyCallocTest, PagesThatAreNotWrittenTakeNoMemory) {
  constexpr std::size_t kBytes = 64 << 10;
  Litter(kBytes);
  const Block block = Lazy(4, kBytes / 4);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(ResidentPages(block, kBytes), 0u);
  std::memset(block.get(), 1, kBytes);
  EXPECT_GE(ResidentPages(block, kBytes), 15u);
}

TEST(LazyCallocTest, WhatOverflowsFails) {
  EXPECT_EQ(Lazy(std::numeric_limits<std::size_t>::max() / 2, 3), nullptr);
}

}  // namespace
}  // namespace fireworks::upstream
