// An answer that is cut after any of its bytes ends its call with the truth.
#include <ostream>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/judge.h"
#include "tests/faults/process_state.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using e2e::CallContext;

using Case = std::tuple<Call, Framing>;

std::string WholeAnswer(const Case& tried) {
  const Call call = std::get<0>(tried);
  const Framing framing = std::get<1>(tried);
  return IsStream(call) ? StreamAnswer(Join(SmallStream(call)), framing)
                        : JsonAnswer(SmallBody(call), framing);
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  static const char* const kFramings[] = {"Close", "Length", "Chunked"};
  return std::string(NameOf(std::get<0>(info.param))) +
         kFramings[static_cast<int>(std::get<1>(info.param))];
}

class CutTest : public FaultTest, public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    FaultTest::SetUp();
    StartService(RepeatAtOnce);
    channel_ = NewChannel();
  }

  static Call call() { return std::get<0>(GetParam()); }

  // The answer's first bytes, and then the end of the connection.
  Verdict Cut(const std::string& wire, absl::string_view how) {
    CallContext context(Verbatim(wire, how));
    const Result result = Make(call(), channel_, &context);
    if (!result.status.ok()) {
      EXPECT_EQ(context.Trailer("grpc-retry-pushback-ms"), call() == Call::kGet ? "" : "-1");
    }
    return {result.status.error_code(), e2e::ReasonOf(result.status), result.messages};
  }

  std::shared_ptr<grpc::Channel> channel_;
};

TEST_P(CutTest, AfterEveryByte) {
  const std::string whole = WholeAnswer(GetParam());
  EXPECT_EQ(Judge(call(), whole).code, grpc::StatusCode::OK);
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const std::string wire = whole.substr(0, bytes);
    ASSERT_EQ(Cut(wire, ""), Judge(call(), wire)) << "after " << bytes << " bytes:\n" << wire;
  }
  ExpectAllQuiet();
}

// A reset may overtake what was sent before it, so less may have arrived than was
// sent: but never is it called complete when it is not.
TEST_P(CutTest, ByAResetAfterEveryByte) {
  const std::string whole = WholeAnswer(GetParam());
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const std::string wire = whole.substr(0, bytes);
    const Verdict most = Judge(call(), wire);
    const Verdict seen = Cut(wire, "reset_after=1");
    ASSERT_LE(seen.messages, most.messages);
    if (seen.code == grpc::StatusCode::OK) {
      ASSERT_EQ(seen, most) << "after " << bytes << " bytes:\n" << wire;
    } else if (IsStream(call())) {
      ASSERT_EQ(seen.code, seen.messages == 0 ? grpc::StatusCode::UNAVAILABLE
                                              : grpc::StatusCode::DATA_LOSS);
    }
  }
  ExpectAllQuiet();
  EXPECT_EQ(SocketsTo(simulator().port()).open, 0u);
}

INSTANTIATE_TEST_SUITE_P(Streams, CutTest,
                         testing::Combine(testing::ValuesIn(kStreams),
                                          testing::Values(Framing::kClose, Framing::kChunked)),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Bodies, CutTest,
                         testing::Combine(testing::Values(Call::kGet, Call::kPost),
                                          testing::Values(Framing::kLength, Framing::kChunked)),
                         CaseName);

}  // namespace
}  // namespace fireworks::faults
