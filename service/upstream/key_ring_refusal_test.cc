// What becomes of keys that upstream refuses, and that nothing tells a key.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/upstream/key_ring.h"
#include "tests/support/test_folder.h"

namespace fireworks::upstream {
namespace {

using testing_support::TestFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = KeyEvent::Kind;

constexpr char kOld[] = "fw_canary_old";
constexpr char kNew[] = "fw_canary_new";

// A label with an older and a newer key, the newer one in use.
class KeyRefusalTest : public ::testing::Test {
 protected:
  KeyRefusalTest() {
    folder_.Replace("old", kOld);
    folder_.Replace("new", kNew);
    folder_.Date("old", 1000);
    folder_.Date("new", 2000);
    Make({{"main", {folder_.Path("old"), folder_.Path("new")}}});
  }

  void Make(std::vector<KeyRingOptions::Label> labels) {
    KeyRingOptions options;
    options.labels = std::move(labels);
    options.default_label = options.labels.front().name;
    options.now = [this] { return absl::FromUnixSeconds(now_); };
    absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Create(options);
    ASSERT_TRUE(ring.ok()) << ring.status();
    ring_ = *std::move(ring);
  }

  std::string Picked(absl::string_view label = "") const {
    return (*ring_->Pick(label))->authorization_line().Reveal().substr(22);
  }

  std::vector<KeyEvent> Refused(absl::string_view key) {
    return ring_->Refused(ApiKey(Secret(std::string(key))));
  }
  std::vector<KeyEvent> Accepted(absl::string_view key) {
    return ring_->Accepted(ApiKey(Secret(std::string(key))));
  }

  static std::vector<Kind> Kinds(const std::vector<KeyEvent>& events) {
    std::vector<Kind> kinds;
    for (const KeyEvent& event : events) kinds.push_back(event.kind);
    return kinds;
  }

  std::vector<KeyState> States() const {
    std::vector<KeyState> states;
    for (const KeyStatus& status : ring_->List()) states.push_back(status.state);
    return states;
  }

  // The files of the keys in use.
  std::vector<std::string> InUse() const {
    std::vector<std::string> files;
    for (const KeyStatus& status : ring_->List()) {
      if (status.in_use) files.push_back(status.file);
    }
    return files;
  }

  TestFolder folder_;
  std::unique_ptr<KeyRing> ring_;
  std::int64_t now_ = 100;
};

TEST_F(KeyRefusalTest, RefusedKeyIsTakenOutWhileAnotherIsGood) {
  now_ = 200;
  const std::vector<KeyEvent> events = Refused(kNew);
  ASSERT_THAT(Kinds(events), ElementsAre(Kind::kRefused));
  EXPECT_EQ(events[0].file, folder_.Path("new"));
  EXPECT_EQ(events[0].fingerprint, ApiKey(Secret(kNew)).fingerprint());
  EXPECT_THAT(events[0].detail, HasSubstr(ApiKey(Secret(kOld)).fingerprint()));
  EXPECT_EQ(Picked(), kOld);
  EXPECT_THAT(States(), ElementsAre(KeyState::kActive, KeyState::kRefused));
  EXPECT_EQ(ring_->List()[1].since, absl::FromUnixSeconds(200));
  EXPECT_FALSE(ring_->List()[1].in_use);
}

TEST_F(KeyRefusalTest, OneRefusalIsReportedOnce) {
  Refused(kNew);
  now_ = 300;
  EXPECT_THAT(Refused(kNew), IsEmpty());
  EXPECT_EQ(ring_->List()[1].since, absl::FromUnixSeconds(100));
}

TEST_F(KeyRefusalTest, StandbyKeyCanBeRefusedByTheRequestsThatStillHaveIt) {
  EXPECT_THAT(Kinds(Refused(kOld)), ElementsAre(Kind::kRefused));
  EXPECT_EQ(Picked(), kNew);
  EXPECT_THAT(States(), ElementsAre(KeyState::kRefused, KeyState::kActive));
}

TEST_F(KeyRefusalTest, RefusedKeyReturnsWhenItsFileHoldsAnother) {
  Refused(kNew);
  folder_.Replace("new", "fw_canary_newer");
  EXPECT_THAT(Kinds(ring_->Refresh()), ElementsAre(Kind::kReplaced));
  EXPECT_EQ(Picked(), "fw_canary_newer");
  EXPECT_THAT(States(), ElementsAre(KeyState::kStandby, KeyState::kActive));
}

TEST_F(KeyRefusalTest, RefusedKeyReturnsWhenItsFileIsWrittenAnew) {
  Refused(kNew);
  folder_.Replace("new", kNew);
  EXPECT_THAT(Kinds(ring_->Refresh()), ElementsAre(Kind::kRestored));
  EXPECT_EQ(Picked(), kNew);
}

TEST_F(KeyRefusalTest, RefusedKeyStaysOutWhenAnotherFileChanges) {
  Refused(kNew);
  folder_.Replace("old", "fw_canary_other");
  ring_->Refresh();
  EXPECT_EQ(Picked(), "fw_canary_other");
  EXPECT_EQ(States()[1], KeyState::kRefused);
}

TEST_F(KeyRefusalTest, RefusedKeyStaysOutWhenItsFileBreaks) {
  Refused(kNew);
  folder_.Remove("new");
  ring_->Refresh();
  EXPECT_EQ(Picked(), kOld);
  EXPECT_EQ(States()[1], KeyState::kRefused);
}

TEST_F(KeyRefusalTest, LastKeyStaysInUseButIsMarkedAndReported) {
  Make({{"main", {folder_.Path("old")}}});
  const std::vector<KeyEvent> events = Refused(kOld);
  ASSERT_THAT(Kinds(events), ElementsAre(Kind::kRefused));
  EXPECT_THAT(events[0].detail, HasSubstr("no good key is left"));
  EXPECT_EQ(Picked(), kOld);
  EXPECT_THAT(States(), ElementsAre(KeyState::kRefused));
  EXPECT_TRUE(ring_->List()[0].in_use);
  EXPECT_THAT(Refused(kOld), IsEmpty());
  EXPECT_EQ(Picked(), kOld);
}

// Else a label would sit on a key that is gone for good while its other one, which
// was refused for a moment only, is fine.
TEST_F(KeyRefusalTest, WhenAllAreRefusedTheyAreTriedInTurn) {
  Refused(kNew);
  EXPECT_THAT(Kinds(Refused(kOld)), ElementsAre(Kind::kRefused));
  EXPECT_EQ(Picked(), kNew);
  // Answers to requests that were sent with a key that is no longer in use.
  EXPECT_THAT(Refused(kOld), IsEmpty());
  EXPECT_EQ(Picked(), kNew);
  EXPECT_THAT(Refused(kNew), IsEmpty());
  EXPECT_EQ(Picked(), kOld);
  EXPECT_THAT(States(), ElementsAre(KeyState::kRefused, KeyState::kRefused));
}

TEST_F(KeyRefusalTest, KeyInUseThatIsAcceptedAgainIsGood) {
  Refused(kNew);
  Refused(kOld);
  EXPECT_THAT(Accepted(kOld), IsEmpty());
  EXPECT_THAT(Kinds(Accepted(kNew)), ElementsAre(Kind::kRestored));
  EXPECT_THAT(States(), ElementsAre(KeyState::kRefused, KeyState::kActive));
  EXPECT_THAT(Accepted(kNew), IsEmpty());
}

TEST_F(KeyRefusalTest, KeyThatWasTakenOutDoesNotReturnByAnOlderRequestsAnswer) {
  Refused(kNew);
  EXPECT_THAT(Accepted(kNew), IsEmpty());
  EXPECT_EQ(Picked(), kOld);
  EXPECT_EQ(States()[1], KeyState::kRefused);
}

TEST_F(KeyRefusalTest, RefusalOfAKeyThatWasReplacedIsNoNews) {
  folder_.Replace("new", "fw_canary_newer");
  ring_->Refresh();
  EXPECT_THAT(Refused(kNew), IsEmpty());
  EXPECT_EQ(Picked(), "fw_canary_newer");
  EXPECT_THAT(States(), ElementsAre(KeyState::kStandby, KeyState::kActive));
}

TEST_F(KeyRefusalTest, KeyIsRefusedUnderAllItsLabels) {
  folder_.Replace("copy", kNew);
  folder_.Date("copy", 3000);
  Make({{"main", {folder_.Path("old"), folder_.Path("new"), folder_.Path("copy")}},
        {"batch", {folder_.Path("new")}}});
  EXPECT_THAT(Kinds(Refused(kNew)), ElementsAre(Kind::kRefused, Kind::kRefused, Kind::kRefused));
  EXPECT_EQ(Picked("main"), kOld);
  EXPECT_EQ(Picked("batch"), kNew);
  EXPECT_THAT(InUse(), ElementsAre(folder_.Path("old"), folder_.Path("new")));
}

TEST_F(KeyRefusalTest, OneLabelsRefusalLeavesTheOthersAlone) {
  Make({{"main", {folder_.Path("old")}}, {"batch", {folder_.Path("new")}}});
  Refused(kOld);
  EXPECT_THAT(States(), ElementsAre(KeyState::kRefused, KeyState::kActive));
  EXPECT_EQ(Picked("main"), kOld);
  EXPECT_EQ(Picked("batch"), kNew);
}

// --- Nothing tells a key.

TEST_F(KeyRefusalTest, NothingThatIsToldHoldsAKey) {
  std::string told;
  const auto tell = [&](const std::vector<KeyEvent>& events) {
    for (const KeyEvent& event : events) {
      absl::StrAppend(&told, KeyEventName(event.kind), " ", event.label, " ", event.file, " ",
                      event.fingerprint, " ", event.detail, "\n");
    }
    for (const KeyStatus& status : ring_->List()) {
      absl::StrAppend(&told, status.label, " ", status.file, " ", status.fingerprint, " ",
                      KeyStateName(status.state), " ", status.problem, "\n");
    }
  };
  tell({});
  tell(Refused(kNew));
  tell(Refused(kOld));
  tell(Accepted(kNew));
  folder_.Replace("new", kNew);
  tell(ring_->Refresh());
  folder_.Replace("new", "fw_canary_newer");
  tell(ring_->Refresh());
  for (const absl::string_view broken :
       {"fw_canary with a space", "fw_canary\nfw_canary", "", "fw_canary\x7f"}) {
    folder_.Replace("new", broken);
    tell(ring_->Refresh());
    KeyRingOptions options;
    options.labels = {{"main", {folder_.Path("new")}}};
    options.default_label = "main";
    absl::StrAppend(&told, KeyRing::Create(options).status().ToString(), "\n");
  }
  folder_.Replace("new", "fw_canary_newer");
  tell(ring_->Refresh());
  absl::StrAppend(&told, ring_->Pick("other").status().ToString());

  // Or this would prove nothing.
  for (const absl::string_view kind :
       {"refused", "restored", "replaced", "unreadable", "readable", "standby", "active"}) {
    EXPECT_THAT(told, HasSubstr(std::string(kind)));
  }
  EXPECT_THAT(told, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace fireworks::upstream
