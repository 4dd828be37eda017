// The service with an identity and a policy: for tests of who may call what.
#ifndef FIREWORKS_TESTS_E2E_ACCESS_FIXTURE_H_
#define FIREWORKS_TESTS_E2E_ACCESS_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/access/sha256.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {

class AccessTest : public ServiceTest {
 protected:
  void Serve(const std::string& identity, const std::string& policy, const Adjust& adjust = {}) {
    StartService([&](server::Options* options) {
      ASSERT_TRUE(
          google::protobuf::TextFormat::ParseFromString(identity, &options->access.identity));
      if (!policy.empty()) {
        auto parsed = access::Policy::Parse(policy, "policy", {});
        ASSERT_TRUE(parsed.ok()) << parsed.status();
        options->access.policy = *std::move(parsed);
      }
      if (adjust) adjust(options);
    });
  }

  // The context of a call with a token; none when it is empty.
  static void Authorize(const std::string& token, grpc::ClientContext* context) {
    if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
  }

  ChatStream Chat(CallContext* context, const ChatRequest& request) {
    return StreamChat(&chat(), context, request);
  }
  grpc::Status ChatAs(const std::string& token, const ChatRequest& request) {
    CallContext context;
    Authorize(token, &context);
    return Chat(&context, request).status;
  }
};

// The callers `token:chat` and `token:ops`, by their names with `-token` behind.
inline std::string Tokens() {
  std::string identity = "sources { static_tokens {";
  for (const char* name : {"chat", "ops"}) {
    absl::StrAppend(&identity, "tokens { name: '", name, "' sha256: '",
                    access::ToHex(access::Sha256(absl::StrCat(name, "-token"))), "' }");
  }
  return identity + "} }";
}

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_ACCESS_FIXTURE_H_
