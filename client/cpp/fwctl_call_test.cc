// `fwctl call` and `fwctl explain` as users run them, against a scripted server.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/cpp/testing/certificate.h"
#include "client/cpp/testing/fake_methods.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "fireworks/gateway/v1/dataset_service.pb.h"
#include "fireworks/gateway/v1/model_service.pb.h"
#include "fireworks/inference/v1/completion.pb.h"
#include "fireworks/service/v1/explain.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::FileUploadResponse;
using fireworks::gateway::v1::GetModelRequest;
using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using fireworks::gateway::v1::Model;
using fireworks::gateway::v1::UploadDatasetFileRequest;
using fireworks::inference::v1::CompletionRequest;
using fireworks::inference::v1::CompletionStreamResponse;
using fireworks::service::v1::ExplainRequest;
using fireworks::service::v1::ExplainResponse;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Result = FwctlProcess::Result;

FwctlProcess::Options With(const std::string& target, std::vector<std::string> arguments) {
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  options.environment = {{"FWCTL_TARGET", target}};
  return options;
}

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// GetModel answers the model that was asked for.
class FwctlCall : public testing::Test {
 protected:
  Result Run(std::vector<std::string> arguments, const std::string& stdin_text = "") {
    arguments.insert(arguments.begin(), "call");
    FwctlProcess::Options options = With(fake_.target(), std::move(arguments));
    options.stdin_text = stdin_text;
    return RunFwctl(options);
  }

  FakeMethods fake_{{
      {"fireworks.gateway.v1.ModelService/GetModel",
       [](const ReceivedCall& call) {
         Model model;
         model.set_name(call.As<GetModelRequest>().name());
         model.mutable_create_time()->set_seconds(0);
         return Answer(model);
       }},
      {"fireworks.gateway.v1.ModelService/ListModels",
       [](const ReceivedCall& call) {
         const auto request = call.As<ListModelsRequest>();
         ListModelsResponse page;
         page.add_models()->set_name("m" + request.page_token());
         if (request.page_token() != "2") {
           page.set_next_page_token(request.page_token().empty() ? "1" : "2");
         }
         return Answer(page);
       }},
      {"fireworks.inference.v1.CompletionService/StreamCompletion",
       [](const ReceivedCall& call) {
         CompletionStreamResponse chunk;
         chunk.add_choices()->set_text(call.As<CompletionRequest>().prompt().text());
         ScriptedAnswer answer = Answer({&chunk, &chunk});
         answer.status = TruncatedStatus();
         return answer;
       }},
      {"fireworks.gateway.v1.DatasetService/UploadDatasetFile",
       [](const ReceivedCall& call) {
         FileUploadResponse response;
         response.set_id(call.As<UploadDatasetFileRequest>(0).metadata().name());
         response.set_filename(call.As<UploadDatasetFileRequest>(1).data());
         return Answer(response);
       }},
  }};
};

TEST_F(FwctlCall, AUnaryAnswerIsALineOfJson) {
  const Result result = Run({"ModelService/GetModel", R"({"name": "accounts/a/models/m"})"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(Lines(result.out), SizeIs(1));
  const auto model = nlohmann::json::parse(result.out);
  EXPECT_EQ(model["name"], "accounts/a/models/m");
  EXPECT_EQ(model["createTime"], "1970-01-01T00:00:00Z");
}

TEST_F(FwctlCall, MethodsMayBeNamedInFullOrInShort) {
  for (const char* name :
       {"fireworks.gateway.v1.ModelService/GetModel", "/fireworks.gateway.v1.ModelService/GetModel",
        "fireworks.gateway.v1.ModelService.GetModel", "ModelService.GetModel", "getmodel"}) {
    EXPECT_EQ(Run({name, R"({"name": "m"})"}).exit_code, 0) << name;
  }
}

TEST_F(FwctlCall, TheRequestMayComeFromStdinOrAFile) {
  EXPECT_EQ(nlohmann::json::parse(Run({"GetModel", "-"}, R"({"name": "s"})").out)["name"], "s");
  const std::string path = testing::TempDir() + "/request.json";
  FILE* file = fopen(path.c_str(), "w");
  fputs("{\n  \"name\": \"f\"\n}\n", file);
  fclose(file);
  EXPECT_EQ(nlohmann::json::parse(Run({"GetModel", "@" + path}).out)["name"], "f");
  const Result missing = Run({"GetModel", "@/nowhere/request.json"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/request.json"));
}

TEST_F(FwctlCall, AStreamIsALinePerMessageAndItsFailureIsTold) {
  const Result result = Run({"StreamCompletion", R"({"prompt": {"text": "hi"}})"});
  EXPECT_EQ(result.exit_code, 1);
  ASSERT_THAT(Lines(result.out), SizeIs(2));
  EXPECT_EQ(nlohmann::json::parse(Lines(result.out)[1])["choices"][0]["text"], "hi");
  EXPECT_THAT(result.err, StartsWith("error: UNAVAILABLE (STREAM_TRUNCATED): "));
}

TEST_F(FwctlCall, AllPagesAreTheEntriesOfAll) {
  const Result result = Run({"ModelService/ListModels", "--all", R"({"parent": "accounts/a"})"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "{\"name\":\"m\"}\n{\"name\":\"m1\"}\n{\"name\":\"m2\"}\n");
  EXPECT_EQ(Lines(Run({"ModelService/ListModels"}).out).size(), 1U);
}

TEST_F(FwctlCall, OnlyListsHavePages) {
  const Result result = Run({"GetModel", "--all"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("ModelService/GetModel does not answer in pages"));
}

TEST_F(FwctlCall, AnUploadTakesAMessagePerLine) {
  const Result result = Run({"UploadDatasetFile", "-"},
                            "{\"metadata\": {\"name\": \"d\"}}\n\n{\"data\": \"aGk=\"}\n");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto answer = nlohmann::json::parse(result.out);
  EXPECT_EQ(answer["id"], "d");
  EXPECT_EQ(answer["filename"], "hi");
}

TEST_F(FwctlCall, MisspelledNamesGetSuggestions) {
  const Result method = Run({"ModelService/GetModle"});
  EXPECT_EQ(method.exit_code, 2);
  EXPECT_THAT(method.err, HasSubstr("did you mean 'ModelService/GetModel'"));
  EXPECT_THAT(Run({"ModlService/GetModel"}).err, HasSubstr("'ModelService'"));
  EXPECT_THAT(Run({"--list", "ModlService"}).err, HasSubstr("'ModelService'"));
  EXPECT_THAT(Run({"qqqqqqqqqqqqqqqqqqqqqqqqq"}).err, Not(HasSubstr("did you mean")));
}

TEST_F(FwctlCall, AMethodOfTwoServicesMustBeTold) {
  EXPECT_THAT(Run({"ListModels"}).err, AllOf(HasSubstr("'ModelService/ListModels'"),
                                             HasSubstr("'ModelCatalogService/ListModels'")));
}

TEST_F(FwctlCall, RequestsThatAreNoneAreWrongUsage) {
  for (const char* json : {"{", R"({"nmae": "m"})", R"({"name": {}})", "[]"}) {
    const Result result = Run({"GetModel", json});
    EXPECT_EQ(result.exit_code, 2) << json;
    EXPECT_THAT(result.err, HasSubstr("fireworks.gateway.v1.GetModelRequest")) << json;
  }
  EXPECT_EQ(Run({}).exit_code, 2);
  EXPECT_EQ(Run({"GetModel", "{}", "{}"}).exit_code, 2);
}

TEST_F(FwctlCall, TheListIsTheContract) {
  const std::vector<std::string> all = Lines(Run({"--list"}).out);
  EXPECT_GT(all.size(), 200U);
  EXPECT_THAT(all, testing::Contains("fireworks.service.v1.ExplainService/Explain"));
  const std::string models = Run({"--list", "ModelService"}).out;
  EXPECT_THAT(models, AllOf(HasSubstr("fireworks.gateway.v1.ModelService/GetModel\n"),
                            Not(HasSubstr("DatasetService"))));
}

TEST_F(FwctlCall, DescriptionsHaveFieldsWithTheirComments) {
  const std::string text = Run({"--describe", "ModelService/ListModels"}).out;
  EXPECT_THAT(text, AllOf(StartsWith("fireworks.gateway.v1.ModelService/ListModels\n"),
                          HasSubstr("page by page"), HasSubstr("\npageSize: int32\n"),
                          HasSubstr("\n    Most models to answer with")));
}

TEST_F(FwctlCall, UnknownMethodsOfTheServiceFailAsCalls) {
  const Result result = Run({"DeleteModel", R"({"name": "m"})"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("error: UNIMPLEMENTED"));
}

TEST(FwctlCallConnection, TheTokenOfAFileGoesAlong) {
  Received<std::string> tokens;
  const FakeMethods fake({{"fireworks.gateway.v1.ModelService/GetModel",
                           [&tokens](const ReceivedCall& call) {
                             const auto found = call.metadata.find("authorization");
                             tokens.Add(found == call.metadata.end() ? "" : found->second);
                             return Answer(Model());
                           }}});
  const std::string path = testing::TempDir() + "/token";
  FILE* file = fopen(path.c_str(), "w");
  fputs("secret\n", file);
  fclose(file);
  EXPECT_EQ(RunFwctl(With(fake.target(), {"call", "GetModel", "--token_file", path})).exit_code, 0);
  FwctlProcess::Options options = With(fake.target(), {"call", "GetModel"});
  options.environment["FWCTL_TOKEN_FILE"] = path;
  EXPECT_EQ(RunFwctl(options).exit_code, 0);
  EXPECT_THAT(tokens.all(), testing::ElementsAre("Bearer secret", "Bearer secret"));
}

TEST(FwctlCallConnection, TlsIsAuthenticatedBothWays) {
  const Certificate server = MakeCertificate();
  const Certificate caller = MakeCertificate();
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = caller.certificate;
  tls.pem_key_cert_pairs = {{server.key, server.certificate}};
  const FakeMethods fake({{"fireworks.gateway.v1.ModelService/GetModel",
                           [](const ReceivedCall&) { return Answer(Model()); }}},
                         grpc::SslServerCredentials(tls));
  const auto file = [](const std::string& name, const std::string& content) {
    const std::string path = testing::TempDir() + "/" + name;
    std::ofstream(path) << content;
    return path;
  };
  const std::string ca = file("ca.pem", server.certificate);
  const std::string own = file("own.pem", caller.certificate);
  const std::string key = file("own.key", caller.key);
  EXPECT_EQ(RunFwctl(With(fake.target(), {"call", "GetModel", "--tls_ca", ca, "--tls_cert", own,
                                          "--tls_key", key}))
                .exit_code,
            0);
  FwctlProcess::Options options = With(fake.target(), {"call", "GetModel"});
  options.environment["FWCTL_TLS_CA"] = ca;
  EXPECT_NE(RunFwctl(options).exit_code, 0);
  options.environment["FWCTL_TLS_CERT"] = own;
  options.environment["FWCTL_TLS_KEY"] = key;
  EXPECT_EQ(RunFwctl(options).exit_code, 0);
  options.environment["FWCTL_TLS_CA"] = own;
  EXPECT_NE(RunFwctl(options).exit_code, 0);
}

TEST(FwctlCallConnection, FilesThatCannotBeReadAreWrongUsage) {
  for (const char* flag : {"--token-file", "--tls-ca", "--tls-cert", "--tls-key"}) {
    const Result result =
        RunFwctl(With("127.0.0.1:1", {"call", "GetModel", flag, "/nowhere/file"}));
    EXPECT_EQ(result.exit_code, 2) << flag;
    EXPECT_THAT(result.err, HasSubstr("--help")) << flag;
  }
}

TEST(FwctlExplain, ShowsTheRequestAsHttp) {
  Received<ExplainRequest> requests;
  const FakeMethods fake({{"fireworks.service.v1.ExplainService/Explain",
                           [&requests](const ReceivedCall& call) {
                             requests.Add(call.As<ExplainRequest>());
                             ExplainResponse response;
                             response.set_http_method("GET");
                             response.set_url("https://api.example/v1/x");
                             auto* header = response.add_headers();
                             header->set_name("authorization");
                             header->set_value("[redacted]");
                             response.set_body("{\"a\":1}");
                             return Answer(response);
                           }}});
  const Result result =
      RunFwctl(With(fake.target(), {"explain", "GetModel", R"({"name": "m"})"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "GET https://api.example/v1/x\nauthorization: [redacted]\n\n{\"a\":1}\n");
  EXPECT_EQ(requests.last().method(), "fireworks.gateway.v1.ModelService/GetModel");
  GetModelRequest explained;
  ASSERT_TRUE(requests.last().request().UnpackTo(&explained));
  EXPECT_EQ(explained.name(), "m");
}

}  // namespace
}  // namespace fireworks::client
