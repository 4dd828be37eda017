#include "service/access/media_urls.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/inference/v1/anthropic_message.pb.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "fireworks/options/v1/request_role.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using testing::HasSubstr;
using testing::Not;

bool Allowed(MediaUrls allowed, const std::string& body) {
  const absl::Status status = CheckMediaUrls(allowed, body);
  EXPECT_TRUE(status.ok() || absl::IsPermissionDenied(status)) << status << " for " << body;
  return status.ok();
}

TEST(AllowsUrlTest, OnlyWhatIsClearlyAllowedIs) {
  struct Case {
    std::string url;
    bool https_only;
    bool data_only;
  };
  const std::vector<Case> table = {
      {"https://x.example/a.png", true, false},
      {"HTTPS://x.example/a.png", true, false},
      {"data:image/png;base64,AAAA", true, true},
      {"DATA:image/png;base64,AAAA", true, true},
      {"http://x.example/a.png", false, false},
      {"Http://x.example", false, false},
      {" https://x.example", false, false},
      {"\thttps://x.example", false, false},
      {" http://x.example", false, false},
      {"ht\ntps://x.example", false, false},
      {"https:x.example", false, false},
      {"https:/x.example", false, false},
      {"https", false, false},
      {"//x.example/a.png", false, false},
      {"\\\\x.example\\a", false, false},
      {"/etc/passwd", false, false},
      {"file:///etc/passwd", false, false},
      {"FILE:///etc/passwd", false, false},
      {"ftp://x.example", false, false},
      {"gopher://x.example", false, false},
      {"blob:https://x.example", false, false},
      {"view-source:https://x.example", false, false},
      {" data:image/png;base64,AAAA", false, false},
      {"datum:x", false, false},
      {"x.example/a.png", false, false},
      {"", false, false},
  };
  for (const Case& each : table) {
    EXPECT_TRUE(AllowsUrl(MediaUrls::kAny, each.url)) << each.url;
    EXPECT_EQ(AllowsUrl(MediaUrls::kHttpsOnly, each.url), each.https_only) << each.url;
    EXPECT_EQ(AllowsUrl(MediaUrls::kDataOnly, each.url), each.data_only) << each.url;
  }
}

// Wherever an API of the upstream takes a URL, and however it is spelt.
TEST(CheckMediaUrlsTest, FindsUrlsInEveryPlace) {
  for (const char* body : {
           // The APIs' own forms.
           R"({"messages":[{"content":[{"type":"image_url","image_url":{"url":"U"}}]}]})",
           R"({"messages":[{"content":[{"type":"image_url","image_url":"U"}]}]})",
           R"({"messages":[{"content":[{"video_url":{"url":"U"}}]}]})",
           R"({"messages":[{"content":[{"audio_url":{"url":"U"}}]}]})",
           R"({"messages":[{"content":[{"source":{"type":"url","url":"U"}}]}]})",
           R"({"input":[{"content":[{"type":"input_image","image_url":"U"}]}]})",
           R"({"input":[{"content":[{"type":"input_file","file_url":"U"}]}]})",
           R"({"input":[{"type":"function_call_output","output":[{"image_url":"U"}]}]})",
           R"({"images":["U"]})",
           R"({"images":[["data:,x"],["U"]]})",
           R"({"tools":[{"type":"mcp","server_url":"U"}]})",
           R"({"mcp_servers":[{"url":"U"}]})",
           // Spellings that a lenient reader might take.
           R"({"IMAGE_URL":{"Url":"U"}})",
           R"({"imageUrl":"U"})",
           R"({"image_uri":"U"})",
           R"({"urls":["U"]})",
           R"({"image":"U"})",
           R"({"content":[{"type":"video","video":["U"]}]})",
           // Escapes.
           R"({"\u0069mage_url":{"\u0075rl":"U"}})",
           // One of two members with the same key.
           R"({"url":"data:,x","url":"U"})",
           R"({"url":"U","url":"data:,x"})",
           R"({"a":{"url":"U"},"a":1})",
           // Behind what is passed over.
           R"({"tools":[{"parameters":{"url":1}}],"image_url":"U"})",
           // A spelling that nobody passes over.
           R"({"PARAMETERS":{"image_url":"U"}})",
           // A request's own input is no argument of a tool.
           R"({"input":{"image_url":"U"}})",
       }) {
    for (const char* url : {"http://x/", "HTTP:\\/\\/x", "\\u0068ttp://x/", " http://x/",
                            "\\thttp://x", "\\u00a0http://x", "h\\nttp://x", "//x/",
                            "file:///etc/passwd"}) {
      std::string text = body;
      text.replace(text.find("\"U\""), 3, absl::StrCat("\"", url, "\""));
      EXPECT_FALSE(Allowed(MediaUrls::kHttpsOnly, text)) << text;
      EXPECT_FALSE(Allowed(MediaUrls::kDataOnly, text)) << text;
      EXPECT_TRUE(Allowed(MediaUrls::kAny, text)) << text;
    }
    std::string https = body;
    https.replace(https.find("\"U\""), 3, R"("https:\/\/x/")");
    EXPECT_TRUE(Allowed(MediaUrls::kHttpsOnly, https)) << https;
    EXPECT_FALSE(Allowed(MediaUrls::kDataOnly, https)) << https;
    std::string data = body;
    data.replace(data.find("\"U\""), 3, R"("\u0064ata:image/png;base64,AA==")");
    EXPECT_TRUE(Allowed(MediaUrls::kDataOnly, data)) << data;
  }
}

TEST(CheckMediaUrlsTest, WhatMerelySpeaksOfUrlsIsAllowed) {
  for (const char* body : {
           R"({"messages":[{"content":"http://x.example is down, why? //x"}]})",
           R"({"messages":[{"content":[{"type":"text","text":"http://x.example"}]}]})",
           R"({"tools":[{"function":{"description":"fetches http://x.example",
               "parameters":{"type":"object","properties":{"url":{"type":"string",
               "default":"http://x","examples":[{"url":"http://x"}]}},"required":["url"]}}}]})",
           R"({"tools":[{"input_schema":{"$id":"http://x","properties":{"image_url":{}}}}]})",
           R"({"response_format":{"json_schema":{"schema":{"const":{"url":"http://x"}}}}})",
           R"({"text":{"format":{"schema":{"url":"http://x"}}}})",
           R"({"messages":[{"tool_calls":[{"function":{"arguments":"{\"url\":\"http://x\"}"}}]}]})",
           R"({"messages":[{"tool_calls":[{"function":{"arguments":{"url":"http://x"}}}]}]})",
           R"({"messages":[{"content":[{"type":"tool_use","input":{"url":"http://x"}}]}]})",
           R"({"input":[{"content":[{"text":"x","annotations":[{"url":"http://x"}]}]}]})",
           R"({"messages":[{"content":[{"citations":[{"url":"http://x"}]}]}]})",
           R"({"metadata":{"url":"http://x"}})",
           R"({"messages":[{"content":[{"source":{"media_type":"image/png","data":"AA=="}}]}]})",
           R"({"input":[{"content":[{"file":"C:\\notes","image":"iVBORw0KGgo="}]}]})",
           R"({"image_url":{"url":""}})",
           R"({"url":null,"image":7,"urls":[true,1.5]})",
           R"({})",
       }) {
    EXPECT_TRUE(Allowed(MediaUrls::kDataOnly, body)) << body;
    EXPECT_TRUE(Allowed(MediaUrls::kHttpsOnly, body)) << body;
  }
}

TEST(CheckMediaUrlsTest, NamesThePlaceAndNotTheUrl) {
  const absl::Status status = CheckMediaUrls(
      MediaUrls::kDataOnly,
      R"({"a":[1,{"b":2}],"messages":[{"role":"user"},{"content":[{},
          {"image_url":{"detail":"low","url":"https://x/?signature=hunter2"}}]}]})");
  EXPECT_THAT(std::string(status.message()), HasSubstr("messages[1].content[1].image_url.url"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
}

TEST(CheckMediaUrlsTest, TheCallersKeysAreNoPartOfALine) {
  const absl::Status status = CheckMediaUrls(
      MediaUrls::kDataOnly,
      absl::StrCat(R"({"\n\u0001)", std::string(5000, 'x'), R"(":{"url":"http://x"}})"));
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_LT(status.message().size(), 1200u);
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
}

TEST(CheckMediaUrlsTest, WhatCannotBeReadIsRefused) {
  for (const std::string& body :
       {std::string(), std::string("{"), std::string(R"({"a":1}x)"),
        std::string("{\"a\":\"\xff\"}"), std::string(R"({"a":1e999})"),
        std::string("{}\0{\"url\":\"http://x\"}", 21)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckMediaUrls(MediaUrls::kHttpsOnly, body))) << body;
    EXPECT_TRUE(CheckMediaUrls(MediaUrls::kAny, body).ok());
  }
}

TEST(CheckMediaUrlsTest, DepthIsNoWayAround) {
  const std::string deep = absl::StrCat(std::string(100'000, '['), R"({"url":"http://x"})",
                                        std::string(100'000, ']'));
  EXPECT_FALSE(Allowed(MediaUrls::kHttpsOnly, deep));
}

void AddMarked(const google::protobuf::Descriptor* type,
               std::set<const google::protobuf::Descriptor*>* seen,
               std::set<std::string>* keys) {
  if (!seen->insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->options().GetExtension(fireworks::options::v1::request_role) ==
        fireworks::options::v1::REQUEST_ROLE_MEDIA_URL) {
      keys->insert(field->json_name());
    }
    if (field->message_type() != nullptr) AddMarked(field->message_type(), seen, keys);
  }
}

TEST(CheckMediaUrlsTest, KnowsTheFieldsThatTheContractMarks) {
  std::set<const google::protobuf::Descriptor*> seen;
  std::set<std::string> keys;
  AddMarked(fireworks::inference::v1::ChatCompletionRequest::descriptor(), &seen, &keys);
  AddMarked(fireworks::inference::v1::AnthropicCreateMessageParams::descriptor(), &seen, &keys);
  EXPECT_FALSE(keys.empty());
  for (const std::string& key : keys) EXPECT_TRUE(IsUrlKey(key)) << key;
}

}  // namespace
}  // namespace fireworks::access
