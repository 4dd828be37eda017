// Which keys there are, and which one new requests get, while files change.
#include "service/upstream/key_ring.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_folder.h"

namespace fireworks::upstream {
namespace {

using testing_support::TestFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = KeyEvent::Kind;

class KeyRingTest : public ::testing::Test {
 protected:
  // A ring of one label, "main".
  std::unique_ptr<KeyRing> RingOf(std::vector<std::string> files) {
    KeyRingOptions options;
    options.labels = {{"main", std::move(files)}};
    options.default_label = "main";
    options.now = [this] { return absl::FromUnixSeconds(now_); };
    return RingOf(options);
  }

  static std::unique_ptr<KeyRing> RingOf(const KeyRingOptions& options) {
    absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Create(options);
    EXPECT_TRUE(ring.ok()) << ring.status();
    return *std::move(ring);
  }

  static std::string Picked(const KeyRing& ring, absl::string_view label = "") {
    const absl::StatusOr<std::shared_ptr<const ApiKey>> key = ring.Pick(label);
    return key.ok() ? (*key)->authorization_line().Reveal().substr(22) : "none";
  }

  static std::vector<Kind> Kinds(const std::vector<KeyEvent>& events) {
    std::vector<Kind> kinds;
    for (const KeyEvent& event : events) kinds.push_back(event.kind);
    return kinds;
  }

  TestFolder folder_;
  std::atomic<std::int64_t> now_{100};
};

// --- The start.

TEST_F(KeyRingTest, EachLabelHasItsKeyAndTheEmptyOneIsTheDefault) {
  KeyRingOptions options;
  options.labels = {{"chat", {folder_.Replace("a", "fw_a\n")}},
                    {"batch", {folder_.Replace("b", "fw_b")}}};
  options.default_label = "batch";
  const auto ring = RingOf(options);
  EXPECT_EQ(Picked(*ring, "chat"), "fw_a");
  EXPECT_EQ(Picked(*ring, "batch"), "fw_b");
  EXPECT_EQ(Picked(*ring, ""), "fw_b");
  EXPECT_TRUE(ring->HasLabel("chat"));
  EXPECT_FALSE(ring->HasLabel(""));
  EXPECT_FALSE(ring->HasLabel("other"));
}

TEST_F(KeyRingTest, UnknownLabelIsNotTheDefault) {
  const auto ring = RingOf({folder_.Replace("a", "fw_a")});
  EXPECT_EQ(ring->Pick("other").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(KeyRingTest, StartFailsNamingTheFileThatHasNoKey) {
  const std::string good = folder_.Replace("good", "fw_good");
  const std::string fifo = folder_.Path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& bad :
       {folder_.Path("missing"), folder_.Replace("empty", ""), folder_.Replace("newline", "\n"),
        folder_.Replace("two", "fw_1\nfw_2"), folder_.Replace("control", "fw_1\x01"), fifo,
        folder_.Path("")}) {
    KeyRingOptions options;
    options.labels = {{"main", {good, bad}}};
    options.default_label = "main";
    const absl::Status status = KeyRing::Create(options).status();
    EXPECT_FALSE(status.ok()) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("fw_")));
  }
}

TEST_F(KeyRingTest, UnusableOptionsAreRefused) {
  const std::string file = folder_.Replace("a", "fw_a");
  const auto refused = [](std::vector<KeyRingOptions::Label> labels, std::string default_label) {
    KeyRingOptions options;
    options.labels = std::move(labels);
    options.default_label = std::move(default_label);
    return KeyRing::Create(options).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused({{"a", {file}}}, "a"));
  EXPECT_TRUE(refused({}, ""));
  EXPECT_TRUE(refused({{"a", {file}}}, ""));
  EXPECT_TRUE(refused({{"a", {file}}}, "b"));
  EXPECT_TRUE(refused({{"", {file}}}, ""));
  EXPECT_TRUE(refused({{"a", {}}}, "a"));
  EXPECT_TRUE(refused({{"a", {""}}}, "a"));
  EXPECT_TRUE(refused({{"a", {file, file}}}, "a"));
  EXPECT_TRUE(refused({{"a", {file}}, {"a", {file}}}, "a"));
}

// --- Which of several.

TEST_F(KeyRingTest, NewestFileIsPreferredAtTheStart) {
  const std::vector<std::string> files = {folder_.Replace("a", "fw_a"), folder_.Replace("b", "fw_b"),
                                          folder_.Replace("c", "fw_c")};
  folder_.Date("a", 1000);
  folder_.Date("b", 3000);
  folder_.Date("c", 2000);
  EXPECT_EQ(Picked(*RingOf(files)), "fw_b");
}

TEST_F(KeyRingTest, OfEquallyNewFilesTheFirstIsPreferred) {
  const std::vector<std::string> files = {folder_.Replace("b", "fw_b"), folder_.Replace("a", "fw_a")};
  folder_.Date("a", 1000);
  folder_.Date("b", 1000);
  EXPECT_EQ(Picked(*RingOf(files)), "fw_b");
}

TEST_F(KeyRingTest, FileThatChangesWhileWeRunIsTheNewestWhateverItsTime) {
  const std::vector<std::string> files = {folder_.Replace("a", "fw_a"), folder_.Replace("b", "fw_b")};
  folder_.Date("a", 2000);
  folder_.Date("b", 1000);
  const auto ring = RingOf(files);
  EXPECT_EQ(Picked(*ring), "fw_a");
  folder_.Replace("b", "fw_b2");
  folder_.Date("b", 500);
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(Picked(*ring), "fw_b2");
  EXPECT_EQ(ring->List()[0].state, KeyState::kStandby);
  EXPECT_EQ(ring->List()[1].state, KeyState::kActive);
}

TEST_F(KeyRingTest, ReadableFileIsPreferredToAnUnreadableNewerOne) {
  const std::vector<std::string> files = {folder_.Replace("a", "fw_a"), folder_.Replace("b", "fw_b")};
  folder_.Date("a", 1000);
  folder_.Date("b", 2000);
  const auto ring = RingOf(files);
  EXPECT_EQ(Picked(*ring), "fw_b");
  folder_.Remove("b");
  ring->Refresh();
  EXPECT_EQ(Picked(*ring), "fw_a");
}

// --- Rotation.

TEST_F(KeyRingTest, KeyIsReplacedWithItsFile) {
  const auto ring = RingOf({folder_.Replace("a", "fw_1")});
  const std::shared_ptr<const ApiKey> held = *ring->Pick("main");
  now_ = 200;
  folder_.Replace("a", "fw_2");
  EXPECT_EQ(Picked(*ring), "fw_1");
  const std::vector<KeyEvent> events = ring->Refresh();
  ASSERT_THAT(Kinds(events), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(events[0].label, "main");
  EXPECT_EQ(events[0].file, folder_.Path("a"));
  EXPECT_EQ(events[0].fingerprint, ApiKey(Secret("fw_2")).fingerprint());
  EXPECT_THAT(events[0].detail, HasSubstr(held->fingerprint()));
  EXPECT_EQ(Picked(*ring), "fw_2");
  EXPECT_EQ(ring->List()[0].since, absl::FromUnixSeconds(200));
  // Who has the old one keeps it.
  EXPECT_EQ(held->authorization_line().Reveal(), "authorization: Bearer fw_1");
}

TEST_F(KeyRingTest, KeyThatIsWrittenOverInPlaceIsNoticed) {
  const std::string file = folder_.Replace("a", "fw_1");
  const auto ring = RingOf({file});
  // The same length, and as far as the file's time tells nothing has happened.
  folder_.Date("a", 1000);
  ring->Refresh();
  std::ofstream(file, std::ios::binary) << "fw_2";
  folder_.Date("a", 1000);
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(Picked(*ring), "fw_2");
}

TEST_F(KeyRingTest, UnchangedFilesAreNoNews) {
  const auto ring = RingOf({folder_.Replace("a", "fw_a"), folder_.Replace("b", "fw_b")});
  EXPECT_THAT(ring->Refresh(), IsEmpty());
  folder_.Replace("a", "fw_a");
  EXPECT_THAT(ring->Refresh(), IsEmpty());
  now_ = 200;
  EXPECT_EQ(ring->List()[0].since, absl::FromUnixSeconds(100));
}

TEST_F(KeyRingTest, SecretThatKubernetesSwapsIsFollowed) {
  folder_.Mount({{"current", "fw_2"}, {"previous", "fw_1"}});
  const auto ring = RingOf({folder_.Path("current"), folder_.Path("previous")});
  EXPECT_EQ(Picked(*ring), "fw_2");
  folder_.Mount({{"current", "fw_3"}, {"previous", "fw_2"}});
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReplaced, Kind::kReplaced));
  EXPECT_EQ(Picked(*ring), "fw_3");
  // All files are new, one key is.
  folder_.Mount({{"current", "fw_3"}, {"previous", "fw_4"}});
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(Picked(*ring), "fw_4");
}

// --- Files that break.

TEST_F(KeyRingTest, BrokenFileKeepsItsLastGoodKey) {
  const std::string file = folder_.Replace("a", "fw_1");
  const auto ring = RingOf({file});
  folder_.Replace("a", "");
  std::vector<KeyEvent> events = ring->Refresh();
  ASSERT_THAT(Kinds(events), ElementsAre(Kind::kUnreadable));
  EXPECT_THAT(events[0].detail, HasSubstr(file));
  EXPECT_EQ(Picked(*ring), "fw_1");
  EXPECT_THAT(ring->List()[0].problem, HasSubstr("empty"));
  EXPECT_EQ(ring->List()[0].state, KeyState::kActive);
  // Once is enough, until it is something else.
  EXPECT_THAT(ring->Refresh(), IsEmpty());
  folder_.Remove("a");
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kUnreadable));
  EXPECT_EQ(Picked(*ring), "fw_1");

  folder_.Replace("a", "fw_1");
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReadable));
  EXPECT_EQ(ring->List()[0].problem, "");
}

TEST_F(KeyRingTest, BrokenFileThatComesBackWithAnotherKeyIsReplaced) {
  const auto ring = RingOf({folder_.Replace("a", "fw_1")});
  folder_.Replace("a", "fw 2");
  ring->Refresh();
  folder_.Replace("a", "fw_2");
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(Picked(*ring), "fw_2");
  EXPECT_EQ(ring->List()[0].problem, "");
}

TEST_F(KeyRingTest, PipeInTheFilesPlaceDoesNotBlock) {
  const std::string file = folder_.Replace("a", "fw_1");
  const auto ring = RingOf({file});
  folder_.Remove("a");
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(Kinds(ring->Refresh()), ElementsAre(Kind::kUnreadable));
  EXPECT_EQ(Picked(*ring), "fw_1");
}

// --- Threads.

TEST_F(KeyRingTest, EverythingMayBeCalledAtTheSameTime) {
  const auto ring = RingOf({folder_.Replace("a", "fw_a0"), folder_.Replace("b", "fw_b0")});
  std::vector<std::thread> threads;
  const auto repeat = [&threads](int times, auto action) {
    threads.emplace_back([times, action] {
      for (int i = 0; i < times; ++i) action();
    });
  };
  repeat(2000, [&] { EXPECT_THAT(Picked(*ring), ::testing::StartsWith("fw_")); });
  repeat(1000, [&] { ring->Refused(**ring->Pick("")); });
  repeat(1000, [&] { ring->Accepted(**ring->Pick("main")); });
  repeat(1000, [&] { EXPECT_EQ(ring->List().size(), 2u); });
  repeat(100, [&] { ring->Refresh(); });
  for (int i = 1; i <= 50; ++i) {
    folder_.Replace(i % 2 == 0 ? "a" : "b", "fw_" + std::to_string(i));
    ring->Refresh();
  }
  for (std::thread& thread : threads) thread.join();
  ring->Refresh();
  const std::vector<KeyStatus> list = ring->List();
  EXPECT_EQ(list[0].fingerprint, ApiKey(Secret("fw_50")).fingerprint());
  EXPECT_EQ(list[1].fingerprint, ApiKey(Secret("fw_49")).fingerprint());
  EXPECT_NE(list[0].in_use, list[1].in_use);
}

}  // namespace
}  // namespace fireworks::upstream
