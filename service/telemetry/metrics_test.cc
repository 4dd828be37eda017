#include "service/telemetry/metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"

namespace fireworks::telemetry {
namespace {

std::string Text(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

TEST(MetricsTest, CallsAreCountedByMethodAndStatus) {
  Metrics metrics;
  MethodMetrics* method = metrics.AddMethod("a.B/C");
  method->Started();
  method->Started();
  method->Finished(0, 0.5);
  method->Finished(14, 0.1);
  method->Finished(99, 0.1);  // Not a code: UNKNOWN.
  const std::string text = Text(metrics);
  EXPECT_THAT(text, testing::HasSubstr("grpc_server_call_started_total{grpc_method=\"a.B/C\"} 2"));
  for (const char* status : {"OK", "UNAVAILABLE", "UNKNOWN"}) {
    EXPECT_THAT(text, testing::HasSubstr(std::string("grpc_status=\"") + status + "\"} 1")) << text;
  }
}

TEST(MetricsTest, ExchangesAndDriftAreCountedByKind) {
  Metrics metrics;
  metrics.CountExchange("complete", 10, 200);
  metrics.CountExchange("reset", 1, 0);
  metrics.CountDrift("unknown_keys", 0);
  metrics.CountDrift("type_mismatches", 3);
  const std::string text = Text(metrics);
  EXPECT_THAT(text, testing::HasSubstr("exchanges_total{end=\"complete\"} 1"));
  EXPECT_THAT(text, testing::HasSubstr("received_bytes_total 200"));
  EXPECT_THAT(text, testing::HasSubstr("drift_total{kind=\"type_mismatches\"} 3"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("unknown_keys")));
}

TEST(MetricsTest, ServesOnAFreePort) {
  Metrics metrics;
  ASSERT_TRUE(metrics.Serve("127.0.0.1:0").ok());
  EXPECT_GT(metrics.port(), 0);
  EXPECT_EQ(Metrics().Serve("not an address").code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace fireworks::telemetry
