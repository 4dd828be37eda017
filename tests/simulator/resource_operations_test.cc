// Every operation of the inventory, called with everything populated: it answers
// 200 and a body that is exactly of its response type.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/operation.h"
#include "tests/simulator/resource_api.h"
#include "tests/simulator/resource_example.h"

namespace fireworks::simulator {
namespace {

using Body = OperationFacts::Body;
using Json = nlohmann::json;
using Kind = Type::Kind;

constexpr char kAccount[] = "accounts/test-account";
constexpr char kUpload[] =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.jsonl\"\r\n\r\n"
    "{}\r\n--b--\r\n";

bool ScalarFits(const Type& type, const Json& value) {
  switch (type.kind) {
    case Kind::kString:
      return value.is_string();
    case Kind::kBool:
      return value.is_boolean();
    case Kind::kInt32:
    case Kind::kInt64:
      return value.is_number_integer();
    case Kind::kFloat:
    case Kind::kDouble:
      return value.is_number();
    case Kind::kInt64Text:
      return value.is_string() && !value.get<std::string>().empty() &&
             value.get<std::string>().find_first_not_of("-0123456789") == std::string::npos;
    case Kind::kEnum:
      return std::find(type.values.begin(), type.values.end(), value) != type.values.end();
    case Kind::kTimestamp:
      return value.is_null() || absl::EndsWith(value.get<std::string>(), "Z");
    case Kind::kDuration:
      return value.is_null() || absl::EndsWith(value.get<std::string>(), "s");
    default:
      return value.is_null() || value.is_object();
  }
}

// Where `value` is not of that type: unknown keys, missing ones, wrong values;
// empty when it is.
std::string Mismatch(const Type& type, const Json& value, const std::string& path) {
  if (type.kind == Kind::kList || type.kind == Kind::kMap) {
    if (type.kind == Kind::kList ? !value.is_array() : !value.is_object()) return path;
    for (const Json& item : value) {
      if (std::string at = Mismatch(*type.element, item, path + "[]"); !at.empty()) return at;
    }
    return "";
  }
  if (type.kind != Kind::kMessage) return ScalarFits(type, value) ? "" : path;
  if (value.is_null() && !path.empty()) return "";
  if (!value.is_object()) return path + " is no object";
  for (const Field& field : type.fields) {
    const std::string at = absl::StrCat(path, ".", field.key);
    if (!value.contains(field.key)) return at + " is missing";
    if (std::string inner = Mismatch(*field.type, value[field.key], at); !inner.empty()) {
      return inner;
    }
  }
  for (const auto& [key, member] : value.items()) {
    const bool known = std::any_of(type.fields.begin(), type.fields.end(),
                                   [key = key](const Field& field) { return field.key == key; });
    if (!known && !type.open) return absl::StrCat(path, ".", key, " is unknown");
  }
  return "";
}

std::string Join(const std::vector<std::string>& segments, std::size_t count) {
  return absl::StrJoin(segments.begin(), segments.begin() + count, "/");
}

const Operation* CreatorOf(const ResourceType& type) {
  for (const Operation& operation : OperationTable::Upstream().operations()) {
    if (operation.kind == Operation::Kind::kCreate && operation.type == &type) return &operation;
  }
  return nullptr;
}

// Calls operations of one simulator, after what they need has been created
// through other operations.
class Caller {
 public:
  // Prepares what `operation` needs and calls it.
  HttpResponse Call(const Operation& operation) {
    const std::string target = Ensure(Join(operation.segments, operation.target_segments));
    Prepare(operation, target);
    return Send(operation, target);
  }

 private:
  // The name of a resource like `pattern`, created if need be.
  std::string Ensure(const std::string& pattern) {
    if (pattern.empty()) return "";
    if (pattern == "accounts/*") return kAccount;
    const ResourceType& type = OperationTable::Upstream().types().at(pattern);
    const std::string collection = absl::StrCat(Ensure(type.parent), "/", type.collection());
    if (type.singleton()) return collection;
    if (!type.creatable) return absl::StrCat(collection, type.is_version ? "/1" : "/default");
    const HttpResponse response = Send(*CreatorOf(type), Ensure(type.parent));
    EXPECT_TRUE(response.status == 200 || response.status == 409) << response.body;
    const Json json = Json::parse(response.body);
    const bool generated = json.contains(type.identity) &&
                           type.message == CreatorOf(type)->facts->response;
    const std::string identity = generated ? json[type.identity].get<std::string>() : "made";
    return absl::StrCat(collection, "/", identity.substr(identity.rfind('/') + 1));
  }

  // The states that some verbs ask for.
  void Prepare(const Operation& operation, const std::string& target) {
    if (operation.verb == "resume") SendRaw("POST", absl::StrCat("/v1/", target, ":cancel"), "");
    if (operation.verb == "undelete") SendRaw("DELETE", absl::StrCat("/v1/", target), "");
    if (operation.facts->rpc == "DeleteApiKey") {
      const std::string key = Ensure("accounts/*/users/*/apiKeys/*");
      key_id_ = key.substr(key.rfind('/') + 1);
    }
  }

  HttpResponse Send(const Operation& operation, const std::string& target) {
    std::string path = target;
    for (std::size_t i = operation.target_segments; i < operation.segments.size(); ++i) {
      const std::string& segment = operation.segments[i];
      absl::StrAppend(&path, path.empty() ? "" : "/", segment == "*" ? "some-thing" : segment);
    }
    if (!operation.verb.empty()) absl::StrAppend(&path, ":", operation.verb);
    return SendRaw(operation.facts->verb, absl::StrCat("/v1/", path, Query(*operation.facts)),
                   BodyOf(*operation.facts));
  }

  HttpResponse SendRaw(const std::string& method, const std::string& target,
                       const std::string& body) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = {{"content-type", "multipart/form-data; boundary=b"}};
    return api_.Handle(request);
  }

  // Every parameter but those that change what the call is about.
  static std::string Query(const OperationFacts& facts) {
    std::string query;
    for (const Field& field : facts.query) {
      std::string value;
      if (absl::EndsWith(field.key, "Id")) value = "made";
      if (field.type->kind == Kind::kTimestamp) value = kExampleTime;
      if (field.type->kind == Kind::kInt32) value = "10";
      if (field.type->kind == Kind::kDuration) value = "60s";
      if (field.key == "orderBy" && facts.rpc != "ListApiKeys" && facts.rpc != "ListAuditLogs") {
        value = "name%20desc";
      }
      if (value.empty()) continue;
      absl::StrAppend(&query, query.empty() ? "?" : "&", field.key, "=", value);
    }
    return query;
  }

  std::string BodyOf(const OperationFacts& facts) const {
    if (facts.body_kind == Body::kNone) return "";
    if (facts.body_kind == Body::kMultipart) return kUpload;
    Json body = ExampleMessage(*facts.body, kAccount);
    for (auto& [key, value] : body.items()) {
      if (value.is_string() && absl::EndsWith(key, "Id")) value = "made";
    }
    if (body.contains("keyId")) body["keyId"] = key_id_;
    // A secret is named by its creator.
    if (facts.rpc == "CreateSecret") body["name"] = absl::StrCat(kAccount, "/secrets/made");
    // Few enough rows to split.
    if (body.contains("dataset") && body["dataset"].is_object()) {
      body["dataset"]["exampleCount"] = "500";
    }
    return body.dump();
  }

  ResourceApi api_;
  std::string key_id_;
};

TEST(ResourceOperationsTest, EveryOperationAnswersItsResponse) {
  int answered = 0;
  for (const Operation& operation : OperationTable::Upstream().operations()) {
    SCOPED_TRACE(operation.facts->rpc);
    const HttpResponse response = Caller().Call(operation);
    EXPECT_EQ(response.status, 200) << response.body;
    if (response.status != 200) continue;
    const Json body = Json::parse(response.body);
    const std::string mismatch = Mismatch(*operation.facts->response, body, "");
    EXPECT_EQ(mismatch, "") << response.body;
    // Keys come sorted.
    EXPECT_EQ(response.body, body.dump());
    answered += mismatch.empty();
  }
  EXPECT_EQ(answered, 199);
}

TEST(ResourceOperationsTest, MismatchSeesWhatIsWrong) {
  const Type& model = *OperationTable::Upstream().types().at("accounts/*/models/*").message;
  const Json good = ExampleMessage(model, kAccount);
  EXPECT_EQ(Mismatch(model, good, ""), "");
  Json bad = good;
  bad.erase("kind");
  EXPECT_EQ(Mismatch(model, bad, ""), ".kind is missing");
  bad = good;
  bad["kind"] = "NO_KIND";
  EXPECT_EQ(Mismatch(model, bad, ""), ".kind");
  bad = good;
  bad["extra"] = 1;
  EXPECT_EQ(Mismatch(model, bad, ""), ".extra is unknown");
  bad = good;
  bad["baseModelDetails"]["parameterCount"] = 7;
  EXPECT_EQ(Mismatch(model, bad, ""), ".baseModelDetails.parameterCount");
}

}  // namespace
}  // namespace fireworks::simulator
