#include "tests/conformance/service_under_test.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/upstream/secret.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::MethodDescriptor;
using simulator::Headers;
using simulator::HttpRequest;
using simulator::HttpResponse;

constexpr char kApiKey[] = "fw_conformance-1b7d";

// What a caller may pass on to the upstream.
Headers PassedOn(const std::string& request_id) {
  return {
      {"x-session-affinity", "session 1"},
      {"x-multi-turn-session-id", "turns-2"},
      {"x-prompt-cache-isolation-key", "isolated-3"},
      {"x-fireworks-account-id", "account-4"},
      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
      {"tracestate", "vendor=5"},
      {"x-request-id", request_id},
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServiceUnderTest>> ServiceUnderTest::Start() {
  auto test = std::unique_ptr<ServiceUnderTest>(new ServiceUnderTest);
  auto upstream = RecordingUpstream::Start();
  if (!upstream.ok()) return upstream.status();
  test->upstream_ = *std::move(upstream);
  server::Options options;
  options.listen = "127.0.0.1:0";
  options.upstream.base_url = test->upstream_->base_url();
  options.names.account_id = kAccount;
  // Who may call what is not asked here.
  options.access.policy = *access::Policy::Parse(
      R"(rules { name: "all" callers: "*" methods: "*" })", "conformance", {});
  auto service = server::Server::Build(options, upstream::Secret(kApiKey));
  if (!service.ok()) return service.status();
  test->service_ = *std::move(service);
  test->caller_ =
      std::make_unique<Caller>(absl::StrCat("127.0.0.1:", test->service_->port()));
  return test;
}

ServiceUnderTest::Result ServiceUnderTest::Run(const MethodDescriptor& method, Exchange exchange,
                                               const HttpResponse& response) {
  const std::string request_id = absl::StrCat("conformance-", ++calls_);
  Headers metadata = PassedOn(request_id);
  upstream_->Answer(request_id, response);
  Result result;
  result.outcome = caller_->Call(method, metadata, exchange.requests);
  const std::vector<HttpRequest> requests = upstream_->Take(request_id);
  if (requests.size() != 1) {
    result.differences.push_back(absl::StrCat(requests.size(), " requests instead of one"));
    return result;
  }
  Headers& headers = exchange.expected.headers;
  headers.insert(headers.end(), metadata.begin(), metadata.end());
  headers.emplace_back("authorization", absl::StrCat("Bearer ", kApiKey));
  result.differences = Differences(exchange.expected, requests[0]);
  return result;
}

HttpResponse JsonAnswer(const std::string& json) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "application/json");
  response.body = json;
  return response;
}

HttpResponse EventAnswer(const std::vector<Event>& events) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "text/event-stream");
  for (const Event& event : events) {
    if (!event.name.empty()) absl::StrAppend(&response.body, "event: ", event.name, "\n");
    absl::StrAppend(&response.body, "data: ", event.data, "\n\n");
  }
  return response;
}

}  // namespace fireworks::conformance
