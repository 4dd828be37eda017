#include "service/contract/path_template.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/errors/field_violations.h"

namespace fireworks::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PathTemplate Parsed(absl::string_view text) {
  absl::StatusOr<PathTemplate> result = PathTemplate::Parse(text);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : PathTemplate();
}

TEST(PathTemplateTest, LiteralPathNeedsNoValue) {
  const PathTemplate path = Parsed("/inference/v1/chat/completions");
  EXPECT_TRUE(path.variables().empty());
  EXPECT_EQ(*path.Expand({}), "/inference/v1/chat/completions");
  EXPECT_EQ(path.text(), "/inference/v1/chat/completions");
}

TEST(PathTemplateTest, VariablesHaveFieldPathsAndPatterns) {
  const PathTemplate path = Parsed("/v1/{model.name=accounts/*/models/*}/x/{key_id}/{rest=f/**}");
  ASSERT_EQ(path.variables().size(), 3u);
  EXPECT_EQ(path.variables()[0].field_path, "model.name");
  EXPECT_THAT(path.variables()[0].pattern, ElementsAre("accounts", "*", "models", "*"));
  EXPECT_EQ(path.variables()[1].field_path, "key_id");
  EXPECT_THAT(path.variables()[1].pattern, ElementsAre("*"));
  EXPECT_THAT(path.variables()[2].pattern, ElementsAre("f", "**"));
}

struct Expansion {
  const char* path;
  std::vector<std::string> values;
  const char* expected;
};

TEST(PathTemplateTest, Expands) {
  const Expansion kCases[] = {
      {"/v1/creditCodes:redeem", {}, "/v1/creditCodes:redeem"},
      {"/{id}", {"a"}, "/a"},
      {"/v1/{name=accounts/*/models/*}", {"accounts/a/models/m"}, "/v1/accounts/a/models/m"},
      {"/v1/{name=accounts/*}:test", {"accounts/a"}, "/v1/accounts/a:test"},
      {"/v1/{name=accounts/*}/billing/summary", {"accounts/a"}, "/v1/accounts/a/billing/summary"},
      {"/v1/{name=accounts/*/policy}", {"accounts/a/policy"}, "/v1/accounts/a/policy"},
      {"/v1/{p=accounts/*/users/*}/apiKeys/{key_id}:x",
       {"accounts/a/users/u", "k"},
       "/v1/accounts/a/users/u/apiKeys/k:x"},
      {"/v1/{name=files/**}", {"files/a/b/c"}, "/v1/files/a/b/c"},
      {"/v1/{name=files/**}:get", {"files/a"}, "/v1/files/a:get"},
      {"/v1/{name=**}", {"a/b"}, "/v1/a/b"},
      {"/a-b._~!$&'()+,;=@c/{id}", {"x"}, "/a-b._~!$&'()+,;=@c/x"},
  };
  for (const Expansion& c : kCases) {
    SCOPED_TRACE(c.path);
    absl::StatusOr<std::string> path = Parsed(c.path).Expand(c.values);
    ASSERT_TRUE(path.ok()) << path.status();
    EXPECT_EQ(*path, c.expected);
  }
}

struct Refusal {
  const char* path;
  const char* message;
};

TEST(PathTemplateTest, RefusesWhatIsNoTemplate) {
  const Refusal kCases[] = {
      {"", "expected \"/\" at byte 0"},
      {"v1", "expected \"/\" at byte 0"},
      {"/", "expected a segment at byte 1"},
      {"/v1/", "expected a segment at byte 4"},
      {"/v1//x", "expected a segment at byte 4"},
      {"/v1/./x", "a segment of dots"},
      {"/v1/../x", "a segment of dots"},
      {"/v1/*", "a wildcard outside a variable at byte 4"},
      {"/v1/**", "a wildcard outside a variable"},
      {"/v1/a*", "expected \"/\", \":\" or the end at byte 5"},
      {"/v1/a b", "expected \"/\", \":\" or the end"},
      {"/v1/a%2fb", "expected \"/\", \":\" or the end"},
      {"/v1/a?b", "expected \"/\", \":\" or the end"},
      {"/v1/{}", "expected a field name at byte 5"},
      {"/v1/{1a}", "expected a field name"},
      {"/v1/{a.}", "expected a field name at byte 7"},
      {"/v1/{a..b}", "expected a field name"},
      {"/v1/{a", "expected \"}\" at byte 6"},
      {"/v1/{a=}", "expected a segment at byte 7"},
      {"/v1/{a=b", "expected \"}\""},
      {"/v1/{a=b/}", "expected a segment"},
      {"/v1/{a=b c}", "expected \"}\""},
      {"/v1/{a=b/{c}}", "a variable inside a variable at byte 9"},
      {"/v1/{a=**/b}", "\"**\" is not the last segment"},
      {"/v1/{a=**}/b", "\"**\" is not the last segment"},
      {"/v1/{a}b", "expected \"/\", \":\" or the end"},
      {"/v1/{a}{b}", "expected \"/\", \":\" or the end"},
      {"/v1/{a}/{a}", "a second variable for one field"},
      {"/v1/{a}:", "expected a segment at byte 8"},
      {"/v1/{a}:b/c", "expected \"/\", \":\" or the end at byte 9"},
      {"/v1/a:b:c", "expected \"/\", \":\" or the end"},
  };
  for (const Refusal& c : kCases) {
    SCOPED_TRACE(c.path);
    absl::StatusOr<PathTemplate> path = PathTemplate::Parse(c.path);
    ASSERT_FALSE(path.ok());
    EXPECT_EQ(path.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(path.status().message()), HasSubstr(c.message));
    EXPECT_THAT(std::string(path.status().message()), HasSubstr(c.path));
  }
}

TEST(PathTemplateTest, EncodesAllButUnreservedBytes) {
  const PathTemplate path = Parsed("/v1/{name=accounts/*/models/*}:x");
  EXPECT_EQ(*path.Expand({"accounts/a b/models/m@n&o=p;q+r"}),
            "/v1/accounts/a%20b/models/m%40n%26o%3Dp%3Bq%2Br:x");
  EXPECT_EQ(*path.Expand({"accounts/ü/models/日"}), "/v1/accounts/%C3%BC/models/%E6%97%A5:x");
  EXPECT_EQ(*path.Expand({"accounts/-._~/models/..."}), "/v1/accounts/-._~/models/...:x");
  EXPECT_EQ(*path.Expand({"accounts/a\\b/models/\xFF*{}"}),
            "/v1/accounts/a%5Cb/models/%FF%2A%7B%7D:x");
}

TEST(PathTemplateTest, NoCallerByteLeavesItsSegment) {
  const PathTemplate path = Parsed("/v1/{name=accounts/*/models/*}");
  const std::string kIds[] = {
      "",     ".",    "..",    "a/b",   "/",     "a/",        "/a",    "a/../b", "%2f",
      "a%2fb", "%",   "a?b",   "?",     "a#b",   "a:cancel",  ":",     "a\nb",   "a\r\nHost: x",
      "\t",   "\x7f", "a\x01", std::string("a\0b", 3),        std::string(1, '\0'), "%00",
  };
  for (const std::string& id : kIds) {
    SCOPED_TRACE(testing::PrintToString(id));
    for (const std::string& name : {"accounts/" + id + "/models/m", "accounts/a/models/" + id}) {
      absl::StatusOr<std::string> result = path.Expand({name});
      ASSERT_FALSE(result.ok()) << *result;
      EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
      const google::rpc::BadRequest details = errors::GetFieldViolations(result.status());
      ASSERT_EQ(details.field_violations_size(), 1);
      EXPECT_EQ(details.field_violations(0).field(), "name");
      EXPECT_THAT(details.field_violations(0).description(), HasSubstr("\"accounts/*/models/*\""));
    }
  }
}

TEST(PathTemplateTest, OpenEndIsCheckedSegmentBySegment) {
  const PathTemplate path = Parsed("/v1/{name=files/*/**}");
  EXPECT_EQ(*path.Expand({"files/a/b/c d"}), "/v1/files/a/b/c%20d");
  for (const char* name : {"files", "files/a", "files/a/", "files/a/b//c", "files/a/..",
                           "files/a/b/../c", "files/a/b%2fc", "other/a/b"}) {
    EXPECT_FALSE(path.Expand({name}).ok()) << name;
  }
}

TEST(PathTemplateTest, ValueOfAnotherCollectionIsRefused) {
  const PathTemplate path = Parsed("/v1/{name=accounts/*/models/*}");
  for (const char* name : {"accounts/a/deployments/m", "Accounts/a/models/m", "accounts/a",
                           "accounts/a/models/m/versions/v", "/accounts/a/models/m", "m"}) {
    EXPECT_FALSE(path.Expand({name}).ok()) << name;
  }
}

TEST(PathTemplateTest, EveryWrongVariableIsReported) {
  const PathTemplate path = Parsed("/v1/{parent=accounts/*}/keys/{key.id}");
  absl::StatusOr<std::string> result = path.Expand({"users/u", ""});
  ASSERT_FALSE(result.ok());
  const google::rpc::BadRequest details = errors::GetFieldViolations(result.status());
  ASSERT_EQ(details.field_violations_size(), 2);
  EXPECT_EQ(details.field_violations(0).field(), "parent");
  EXPECT_EQ(details.field_violations(1).field(), "key.id");
  EXPECT_THAT(details.field_violations(1).description(), HasSubstr("is required"));
}

TEST(PathTemplateTest, WrongNumberOfValuesIsInternal) {
  EXPECT_EQ(Parsed("/v1/{a}").Expand({}).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace fireworks::contract
