// What calls of each kind, and what happens to the service, do to its metrics.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::e2e {
namespace {

using fireworks::gateway::v1::DatasetService;
using fireworks::gateway::v1::FileUploadResponse;
using fireworks::gateway::v1::UploadDatasetFileRequest;
using testing::Contains;
using testing::Not;

class MetricsCountTest : public ServiceTest {
 protected:
  // The sum of what a histogram without other labels than these has observed.
  double Sum(absl::string_view name, const Labels& labels) {
    double sum = 0;
    for (const prometheus::MetricFamily& family : service().metrics().registry()->Collect()) {
      if (family.name != name) continue;
      for (const prometheus::ClientMetric& metric : family.metric) {
        std::size_t found = 0;
        for (const auto& label : metric.label) {
          const auto wanted = labels.find(label.name);
          if (wanted != labels.end() && wanted->second == label.value) ++found;
        }
        if (found == labels.size()) sum += metric.histogram.sample_sum;
      }
    }
    return sum;
  }

  std::set<std::string> ValuesOf(absl::string_view label) {
    std::set<std::string> values;
    for (const prometheus::MetricFamily& family : service().metrics().registry()->Collect()) {
      for (const prometheus::ClientMetric& metric : family.metric) {
        for (const auto& pair : metric.label) {
          if (pair.name == label) values.insert(pair.value);
        }
      }
    }
    return values;
  }

  static double Number(const std::string& text) { return std::stod(text); }

  // A unary chat completion; its input and output tokens.
  std::pair<double, double> Chat() {
    CallContext context;
    ChatResponse response;
    EXPECT_TRUE(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response).ok());
    return {Number(context.Trailer("x-usage-prompt-tokens")),
            Number(context.Trailer("x-usage-completion-tokens"))};
  }
};

TEST_F(MetricsCountTest, AnAnswerOfAModelIsCountedInAllPlaces) {
  const auto [input, output] = Chat();
  ExpectAllQuiet();
  const std::string method = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";
  const Labels call{{"grpc_method", method}, {"grpc_status", "OK"}};
  EXPECT_EQ(Metric("grpc_server_call_duration_seconds", call), 1);
  EXPECT_EQ(Sum("grpc_server_call_rcvd_total_compressed_message_size_bytes", call),
            static_cast<double>(MakeChatRequest("hello").ByteSizeLong()));
  EXPECT_GT(Sum("grpc_server_call_sent_total_compressed_message_size_bytes", call), 20);

  Labels model{{"gen_ai_operation_name", "chat"},
               {"gen_ai_provider_name", "fireworks"},
               {"gen_ai_request_model", kChatModel}};
  const auto tokens = [&model](const char* type) {
    Labels labels = model;
    labels["gen_ai_token_type"] = type;
    return labels;
  };
  EXPECT_EQ(Sum("gen_ai_client_token_usage", tokens("input")), input);
  EXPECT_EQ(Sum("gen_ai_client_token_usage", tokens("output")), output);
  EXPECT_EQ(Metric("gen_ai_server_time_to_first_token_seconds", model), 0);
  model["error_type"] = "";
  EXPECT_EQ(Metric("gen_ai_server_request_duration_seconds", model), 1);
  EXPECT_EQ(Metric("gen_ai_client_operation_duration_seconds", model), 1);
  EXPECT_LE(Sum("gen_ai_client_operation_duration_seconds", model),
            Sum("gen_ai_server_request_duration_seconds", model));

  EXPECT_EQ(Metric("fireworks_caller_calls_total", {{"caller", "anonymous"}}), 1);
  const auto of_caller = [this](const char* type) {
    return Metric("fireworks_caller_tokens_total", {{"caller", "anonymous"}, {"type", type}});
  };
  EXPECT_EQ(of_caller("input"), input);
  EXPECT_EQ(of_caller("output"), output);

  EXPECT_EQ(Metric("fireworks_upstream_attempts_total"), 1);
  EXPECT_EQ(Metric("fireworks_upstream_responses_total", {{"http_status", "200"}}), 1);
  EXPECT_EQ(Metric("fireworks_upstream_exchanges_total", {{"end", "complete"}}), 1);
  EXPECT_GT(Metric("fireworks_upstream_sent_bytes_total"), 0);
  EXPECT_EQ(Metric("fireworks_call_overhead_seconds", {{"kind", "unary"}}), 1);
  EXPECT_EQ(Metric("fireworks_event_overhead_seconds"), 0);
  EXPECT_EQ(Metric("fireworks_call_errors_total"), 0);
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_upstream_connections", {{"loop", "0"}, {"state", "idle"}}) == 1;
  }));
  EXPECT_EQ(Metric("fireworks_upstream_connections_opened_total", {{"loop", "0"}}), 1);
}

TEST_F(MetricsCountTest, AStreamIsCountedWhileItRunsAndWhenItEnds) {
  CallContext context("step=1;events=3");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  std::size_t chunks = 0;
  ASSERT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kOpen).ok());
  ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
  ASSERT_TRUE(reader->Read(&chunk));
  ++chunks;
  EXPECT_EQ(Metric("fireworks_active_streams"), 1);
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_stream_events_total") >= 1; }));
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_running_calls") == 1; }));
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_upstream_connections", {{"state", "busy"}}) == 1 &&
           Metric("fireworks_upstream_running_exchanges", {{"loop", "0"}}) == 1;
  }));

  ASSERT_TRUE(simulator().Release(context.request_id(), 100).ok());
  while (reader->Read(&chunk)) ++chunks;
  ASSERT_TRUE(reader->Finish().ok());
  ExpectAllQuiet();
  EXPECT_EQ(Metric("fireworks_active_streams"), 0);
  EXPECT_EQ(Metric("fireworks_stream_events_total"), chunks);
  EXPECT_EQ(Metric("fireworks_call_overhead_seconds", {{"kind", "stream"}}), 1);
  // Once for all events of a read.
  EXPECT_GE(Metric("fireworks_event_overhead_seconds"), 1);
  EXPECT_LE(Metric("fireworks_event_overhead_seconds"), chunks);
  const Labels model{{"gen_ai_request_model", kChatModel}};
  EXPECT_EQ(Metric("gen_ai_server_time_to_first_token_seconds", model), 1);
  EXPECT_EQ(Metric("gen_ai_server_time_per_output_token_seconds", model), 1);
}

TEST_F(MetricsCountTest, ErrorsAreCountedByReasonAndStatus) {
  CallContext missing("status=404");
  StreamChat(&chat(), &missing, MakeChatRequest("hello", "accounts/a/models/made-up"));
  CallContext busy("status=429");
  StreamChat(&chat(), &busy, MakeChatRequest("hello"));
  ExpectAllQuiet();
  EXPECT_EQ(Metric("fireworks_call_errors_total", {{"reason", "UPSTREAM_ERROR"}}), 2);
  EXPECT_EQ(Metric("fireworks_upstream_responses_total", {{"http_status", "404"}}), 1);
  EXPECT_EQ(Metric("fireworks_upstream_responses_total", {{"http_status", "429"}}), 1);
  // Neither has had an answer from its model.
  EXPECT_EQ(Metric("gen_ai_server_request_duration_seconds",
                   {{"gen_ai_request_model", "other"}, {"error_type", "UPSTREAM_ERROR"}}),
            2);
  EXPECT_THAT(ValuesOf("gen_ai_request_model"), Not(Contains("accounts/a/models/made-up")));
}

TEST_F(MetricsCountTest, AnUploadIsCountedAsOne) {
  simulator::HttpResponse answer;
  answer.headers = {{"content-type", "application/json"}};
  answer.body = R"({"filename":"rows.jsonl"})";
  ScriptedUpstream upstream(answer);
  StartService([&](server::Options* options) { options->upstream.base_url = upstream.base_url(); });
  UploadDatasetFileRequest first;
  first.mutable_metadata()->set_name("accounts/a/datasets/d");
  first.mutable_metadata()->set_filename("rows.jsonl");
  UploadDatasetFileRequest piece;
  piece.set_data(std::string(10'000, 'x'));
  CallContext context;
  FileUploadResponse response;
  const auto stub = DatasetService::NewStub(NewChannel());
  const auto writer = stub->UploadDatasetFile(&context, &response);
  EXPECT_TRUE(writer->Write(first));
  EXPECT_TRUE(writer->Write(piece));
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 0; }));
  EXPECT_EQ(Metric("fireworks_call_overhead_seconds", {{"kind", "upload"}}), 1);
  EXPECT_EQ(Metric("fireworks_active_streams"), 0);
  EXPECT_EQ(Sum("grpc_server_call_rcvd_total_compressed_message_size_bytes",
                {{"grpc_status", "OK"}}),
            static_cast<double>(first.ByteSizeLong() + piece.ByteSizeLong()));
  StopService();
}

TEST_F(MetricsCountTest, AMethodThatIsNotServedIsOther) {
  CallContext context;
  grpc::GenericStub stub(NewChannel());
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, "/no.such.Service/Method", grpc::ByteBuffer(), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Metric("grpc_server_call_started_total", {{"grpc_method", "other"}}), 1);
  EXPECT_TRUE(Eventually([this] {
    return Metric("grpc_server_call_duration_seconds",
                  {{"grpc_method", "other"}, {"grpc_status", "UNIMPLEMENTED"}}) == 1;
  }));
  EXPECT_THAT(ValuesOf("grpc_method"), Not(Contains("no.such.Service/Method")));
}

TEST_F(MetricsCountTest, ManyModelsShareALabel) {
  simulator::HttpResponse answer;
  answer.headers = {{"content-type", "application/json"}};
  answer.body = R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}})";
  ScriptedUpstream upstream(answer);
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
    options->names.model_aliases = {{"mine", "accounts/a/models/named"}};
  });
  const auto call = [this](const std::string& model) {
    CallContext context;
    ChatResponse response;
    EXPECT_TRUE(
        chat().CreateChatCompletion(&context, MakeChatRequest("hello", model), &response).ok());
  };
  for (int i = 0; i < 120; ++i) call(absl::StrCat("accounts/a/models/made-up-", i));
  call("mine");
  ExpectAllQuiet();
  const std::set<std::string> models = ValuesOf("gen_ai_request_model");
  EXPECT_EQ(models.size(), 102u);  // A hundred, the named one, and other.
  EXPECT_THAT(models, Contains("accounts/a/models/named"));
  EXPECT_EQ(Sum("gen_ai_client_token_usage",
                {{"gen_ai_request_model", "other"}, {"gen_ai_token_type", "input"}}),
            20);
  StopService();
}

TEST_F(MetricsCountTest, KeysThatAreRefusedAreNotUsable) {
  const std::string path = absl::StrCat(testing::TempDir(), "/metrics-refused-key");
  std::ofstream(path) << "bad-key";
  StartService([&](server::Options* options) {
    options->keys.labels = {{"main", {path}}};
    options->keys.default_label = "main";
  });
  EXPECT_EQ(Metric("fireworks_upstream_key_usable", {{"label", "main"}}), 1);
  CallContext context;
  StreamChat(&chat(), &context, MakeChatRequest("x"));
  EXPECT_EQ(Metric("fireworks_upstream_key_usable", {{"label", "main"}}), 0);
  EXPECT_EQ(ValuesOf("label"), std::set<std::string>{"main"});

  // A file that is gone leaves the last good key in its place.
  EXPECT_EQ(Metric("fireworks_reload_successful", {{"what", "upstream_keys"}}), 1);
  std::filesystem::remove(path);
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_reload_successful", {{"what", "upstream_keys"}}) == 0;
  }));
  EXPECT_EQ(Metric("fireworks_reload_failures_total", {{"what", "upstream_keys"}}), 1);
}

TEST_F(MetricsCountTest, TheOnlyKeyIsJudgedByItsCalls) {
  EXPECT_EQ(Metric("fireworks_upstream_key_usable", {{"label", "environment"}}), 1);
  for (const auto& [directives, usable] :
       std::vector<std::pair<const char*, double>>{{"status=401", 0}, {"status=500", 0}, {"", 1}}) {
    CallContext context(directives);
    StreamChat(&chat(), &context, MakeChatRequest("x"));
    ExpectAllQuiet();
    EXPECT_EQ(Metric("fireworks_upstream_key_usable", {{"label", "environment"}}), usable)
        << directives;
  }
}

TEST_F(MetricsCountTest, CertificatesTellTheirEndAndWhetherTheyFit) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/metrics-tls");
  std::filesystem::create_directories(folder);
  const auto authority = simulator::TestAuthority::Create(folder);
  ASSERT_TRUE(authority.ok() && authority->Issue("server", "IP:127.0.0.1").ok());
  StartService([&](server::Options* options) {
    options->tls.certificate_file = authority->certificate_path("server");
    options->tls.key_file = authority->key_path("server");
    options->tls.reload_interval = std::chrono::seconds(1);
  });
  EXPECT_GT(Metric("fireworks_certificate_expiry_timestamp_seconds"),
            Metric("fireworks_reload_success_timestamp_seconds", {{"what", "certificate"}}));
  EXPECT_EQ(Metric("fireworks_reload_successful", {{"what", "certificate"}}), 1);
  std::filesystem::remove(authority->key_path("server"));
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_reload_successful", {{"what", "certificate"}}) == 0;
  }));
  EXPECT_EQ(Metric("fireworks_reload_failures_total", {{"what", "certificate"}}), 1);
}

TEST_F(MetricsCountTest, TellsOfTheProcessAndItsLimits) {
  StartService([](server::Options* options) {
    options->admission.max_running = 7;
    options->admission.max_waiting = 3;
    options->config_hash = "0123456789abcdef";
  });
  EXPECT_EQ(Metric("fireworks_max_running_calls"), 7);
  EXPECT_EQ(Metric("fireworks_max_waiting_calls"), 3);
  EXPECT_EQ(Metric("fireworks_config_info", {{"hash", "0123456789abcdef"}}), 1);
  EXPECT_EQ(Metric("fireworks_build_info"), 1);
  EXPECT_EQ(Metric("fireworks_serving"), 1);
  EXPECT_GT(Metric("process_resident_memory_bytes"), 0);
  service().Drain();
  EXPECT_EQ(Metric("fireworks_serving"), 0);
}

}  // namespace
}  // namespace fireworks::e2e
