#include "service/server/trace_export.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "tests/support/test_folder.h"

namespace fireworks::server {
namespace {

class TraceExportTest : public testing::Test {
 protected:
  TraceExportOptions Options(const std::string& endpoint, const std::string& headers) {
    TraceExportOptions options;
    options.spans.endpoint = endpoint;
    options.headers_file = folder_.WriteOver("headers", headers);
    return options;
  }

  testing_support::TestFolder folder_;
};

TEST_F(TraceExportTest, HeadersNeedAnEndpointThatNobodyOverhears) {
  const std::string headers = "Authorization: Bearer canary\n\n  x-tenant:t  \n";
  for (const char* endpoint : {"https://collector", "http://127.0.0.1:4317", "http://localhost"}) {
    EXPECT_EQ(CheckTraceExport(Options(endpoint, headers)), absl::OkStatus()) << endpoint;
  }
  for (const char* endpoint : {"http://collector", "http://10.0.0.1:4317"}) {
    const absl::Status status = CheckTraceExport(Options(endpoint, headers));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << endpoint;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("tracing.headers_file"));
  }
}

TEST_F(TraceExportTest, WhatIsNoFileOfHeaders) {
  for (const char* text : {"", "canary", "authorization:", ": canary", "a b: canary",
                           "grpc-x: canary", "x-bin: canary", "x: can\x01" "ary"}) {
    const absl::Status status = CheckTraceExport(Options("https://collector", text));
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_FALSE(absl::StrContains(status.message(), "can")) << status;
  }
  TraceExportOptions nowhere = Options("https://collector", "a: b");
  nowhere.headers_file = folder_.Path("nowhere");
  EXPECT_EQ(CheckTraceExport(nowhere).code(), absl::StatusCode::kNotFound);
}

TEST_F(TraceExportTest, TheUpstreamsAddress) {
  const std::vector<std::pair<std::string, std::pair<std::string, int>>> cases = {
      {"https://api.fireworks.ai", {"api.fireworks.ai", 443}},
      {"http://simulator", {"simulator", 80}},
      {"http://127.0.0.1:8080/prefix", {"127.0.0.1", 8080}},
      {"https://[::1]", {"[::1]", 443}},
      {"https://[::1]:8443", {"[::1]", 8443}},
  };
  for (const auto& [url, wanted] : cases) {
    const CallTracing calls = TraceCalls(nullptr, {}, url);
    EXPECT_EQ(calls.upstream_address, wanted.first) << url;
    EXPECT_EQ(calls.upstream_port, wanted.second) << url;
  }
}

}  // namespace
}  // namespace fireworks::server
