// Callers × methods × models through the whole service: who gets what, and that whatever
// nobody has allowed is denied and reaches no upstream.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/gateway/v1/deployment_service.pb.h"
#include "fireworks/gateway/v1/model_service.pb.h"
#include "fireworks/gateway/v1/secret_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "service/server/contract_methods.h"
#include "tests/e2e/access_fixture.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
using google::protobuf::Message;

constexpr char kSmall[] = "accounts/fireworks/models/chat-small";
constexpr char kTuned[] = "accounts/test-account/models/tuned-chat";

class AccessTableTest : public AccessTest {
 protected:
  // "sent" when the upstream was asked, "denied" for PERMISSION_DENIED, "unknown" for
  // UNAUTHENTICATED. `method` is "package.Service/Method", of any kind.
  std::string Outcome(const std::string& method, const std::string& token,
                      const std::string& request) {
    CallContext context;
    Authorize(token, &context);
    const grpc::Status status = Call(&context, "/" + method, request);
    if (simulator().Find(context.request_id()).ok()) return "sent";
    const std::string reason = ReasonOf(status);
    return reason == "PERMISSION_DENIED" ? "denied"
           : reason == "UNAUTHENTICATED" ? "unknown"
                                         : absl::StrCat(reason, ": ", status.error_message());
  }

 private:
  // As a stream of both sides, which every kind of method can be called as.
  grpc::Status Call(CallContext* context, const std::string& path, const std::string& request) {
    if (channel_ == nullptr) channel_ = NewChannel();
    grpc::CompletionQueue queue;
    const auto done = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    grpc::GenericStub stub(channel_);
    const auto stream = stub.PrepareCall(context, path, &queue);
    stream->StartCall(nullptr);
    if (done()) {
      const grpc::Slice slice(request);
      stream->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
      done();
      grpc::ByteBuffer answer;
      do {
        stream->Read(&answer, nullptr);
      } while (done());
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    done();
    queue.Shutdown();
    while (done()) {
    }
    return status;
  }

  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(AccessTableTest, EveryCallerMethodAndModel) {
  Serve(Tokens() + "sources { anonymous {} }", R"(
    rules { name: "no-streams" callers: "token:ops" methods: "*/StreamChatCompletion" deny: true }
    rules { name: "chat" callers: "token:chat"
            methods: "fireworks.inference.v1.ChatCompletionService/*"
            models: "accounts/fireworks/models/*"
            model_aliases { key: "mine" value: "accounts/fireworks/models/chat-small" } }
    rules { name: "ops" callers: "token:ops" method_classes: METHOD_CLASS_INFERENCE
            method_classes: METHOD_CLASS_READ method_classes: METHOD_CLASS_WRITE }
    rules { name: "everyone" callers: "*" methods: "*/ListModels"
            method_classes: METHOD_CLASS_READ })",
        [](server::Options* options) {
          options->names.model_aliases = {{"shared", kSmall}, {"tuned", kTuned}};
        });
  const std::string create = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";
  const std::string stream = "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";
  struct Row {
    std::string method;
    std::string request;
    // Of token:chat, token:ops, anonymous, and a token that is nobody's.
    std::vector<const char*> outcomes;
  };
  const std::vector<const char*> both = {"sent", "sent", "denied", "unknown"};
  const std::vector<const char*> chat_only = {"sent", "denied", "denied", "unknown"};
  const std::vector<const char*> ops_only = {"denied", "sent", "denied", "unknown"};
  const std::vector<const char*> nobody = {"denied", "denied", "denied", "unknown"};
  std::vector<Row> table;
  const auto chat = [](const char* model) {
    return MakeChatRequest("x", model).SerializeAsString();
  };
  for (const char* model : {kChatModel, kSmall, "shared"}) {
    table.push_back({create, chat(model), both});
    table.push_back({stream, chat(model), chat_only});
  }
  for (const char* model : {kTuned, "tuned", "chat-small", "ACCOUNTS/fireworks/models/chat-small",
                            "accounts/fireworks/models/m#accounts/a/deployments/d"}) {
    table.push_back({create, chat(model), ops_only});
    table.push_back({stream, chat(model), nobody});
  }
  // An alias of one rule's callers; to others a name like any.
  table.push_back({stream, chat("mine"), chat_only});
  table.push_back({"fireworks.inference.v1.CompletionService/CreateCompletion",
                   MakeCompletionRequest("x").SerializeAsString(), ops_only});

  gateway::ListModelsRequest list;
  list.set_parent("accounts/fireworks");
  gateway::GetModelRequest get;
  get.set_name(kSmall);
  gateway::DeleteModelRequest remove;
  remove.set_name(kSmall);
  gateway::GetModelDownloadEndpointRequest download;
  download.set_name(kSmall);
  gateway::GetDeploymentRequest deployment;
  deployment.set_name("accounts/test-account/deployments/d");
  gateway::CreateSecretRequest secret;
  secret.set_parent("accounts/test-account");
  const std::string models = "fireworks.gateway.v1.ModelService/";
  table.push_back({models + "ListModels", list.SerializeAsString(),
                   {"sent", "sent", "sent", "unknown"}});
  table.push_back({models + "GetModel", get.SerializeAsString(), ops_only});
  table.push_back({models + "DeleteModel", remove.SerializeAsString(), ops_only});
  table.push_back({models + "GetModelDownloadEndpoint", download.SerializeAsString(), nobody});
  table.push_back({"fireworks.gateway.v1.DeploymentService/GetDeployment",
                   deployment.SerializeAsString(), ops_only});
  table.push_back({"fireworks.gateway.v1.SecretService/CreateSecret", secret.SerializeAsString(),
                   nobody});

  const std::vector<std::string> tokens = {"chat-token", "ops-token", "", "no-token"};
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      EXPECT_EQ(Outcome(table[row].method, tokens[i], table[row].request), table[row].outcomes[i])
          << "row " << row << ", " << table[row].method << " with token \"" << tokens[i] << "\"";
    }
  }
}

// Whatever the contract has, or will have.
TEST_F(AccessTableTest, AMethodThatNoRuleIsAboutIsDenied) {
  Serve(Tokens(), "rules { name: 'ops' callers: 'token:ops' methods: '*' }");
  int methods = 0;
  for (const auto* service : server::ContractServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method =
          absl::StrCat(service->full_name(), "/", service->method(i)->name());
      EXPECT_EQ(Outcome(method, "chat-token", ""), "denied") << method;
      EXPECT_EQ(Outcome(method, "", ""), "unknown") << method;
      ++methods;
    }
  }
  EXPECT_GT(methods, 200);
  EXPECT_TRUE(simulator().Requests().empty());
}

}  // namespace
}  // namespace fireworks::e2e
