// The parts that turn requests and answers into libcurl's terms and back.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/upstream/api_key.h"
#include "service/upstream/base_url.h"
#include "service/upstream/curl_result.h"
#include "service/upstream/head_parser.h"
#include "service/upstream/request_headers.h"

namespace fireworks::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Progress = HeadParser::Progress;

TEST(NormalizeBaseUrlTest, KeepsWhatATargetIsAppendedTo) {
  EXPECT_EQ(*NormalizeBaseUrl("https://api.fireworks.ai"), "https://api.fireworks.ai");
  EXPECT_EQ(*NormalizeBaseUrl("https://api.fireworks.ai/"), "https://api.fireworks.ai");
  EXPECT_EQ(*NormalizeBaseUrl("HTTP://127.0.0.1:8080//a/b//"), "http://127.0.0.1:8080//a/b");
  EXPECT_EQ(*NormalizeBaseUrl("http://[::1]:80/x"), "http://[::1]:80/x");
}

TEST(NormalizeBaseUrlTest, RefusesWhatHasNoMeaningThere) {
  for (const std::string text :
       {"", "api.fireworks.ai", "ftp://host", "file:///etc/passwd", "http://", "http://host:port",
        "http://host:70000", "http://host?query", "http://host/?", "http://host/#fragment",
        "http://host/a/../b", "http://ho st", "http://host/\r\nx: y"}) {
    const auto url = NormalizeBaseUrl(text);
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(NormalizeBaseUrlTest, NeverShowsAPassword) {
  const auto url = NormalizeBaseUrl("https://user:hunter2@host");
  EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("hunter2")));
}

TEST(EndOfResultTest, SaysWhatBroke) {
  const struct {
    CURLcode result;
    End end;
  } kCases[] = {
      {CURLE_OK, End::kComplete},
      {CURLE_OPERATION_TIMEDOUT, End::kConnectTimeout},
      {CURLE_COULDNT_RESOLVE_HOST, End::kConnectFailed},
      {CURLE_COULDNT_CONNECT, End::kConnectFailed},
      {CURLE_SSL_CONNECT_ERROR, End::kConnectFailed},
      {CURLE_PEER_FAILED_VERIFICATION, End::kConnectFailed},
      {CURLE_GOT_NOTHING, End::kReset},
      {CURLE_PARTIAL_FILE, End::kReset},
      {CURLE_SEND_ERROR, End::kReset},
      {CURLE_RECV_ERROR, End::kReset},
      {CURLE_HTTP2_STREAM, End::kReset},
      {CURLE_SEND_FAIL_REWIND, End::kReset},
      {CURLE_WEIRD_SERVER_REPLY, End::kProtocol},
      {CURLE_UNSUPPORTED_PROTOCOL, End::kProtocol},
      {CURLE_HTTP2, End::kProtocol},
      {CURLE_TOO_LARGE, End::kHeadersTooLarge},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(EndOfResult(c.result, true), c.end) << curl_easy_strerror(c.result);
  }
}

TEST(EndOfResultTest, BreakBeforeTheRequestIsAFailureToConnect) {
  EXPECT_EQ(EndOfResult(CURLE_RECV_ERROR, false), End::kConnectFailed);
  EXPECT_EQ(EndOfResult(CURLE_SEND_ERROR, false), End::kConnectFailed);
  EXPECT_EQ(EndOfResult(CURLE_OPERATION_TIMEDOUT, false), End::kConnectTimeout);
}

TEST(HeadParserTest, NamesAreLowerCaseAndValuesTrimmed) {
  HeadParser parser(1000);
  EXPECT_EQ(parser.AddLine("HTTP/2 204 \r\n"), Progress::kMore);
  EXPECT_EQ(parser.AddLine("X-A:  b c \r\n"), Progress::kMore);
  EXPECT_EQ(parser.AddLine("x-empty:\r\n"), Progress::kMore);
  EXPECT_EQ(parser.AddLine("x-a: second\r\n"), Progress::kMore);
  EXPECT_EQ(parser.AddLine("\r\n"), Progress::kComplete);
  EXPECT_EQ(parser.head().status, 204);
  EXPECT_EQ(parser.head().headers.size(), 3u);
  EXPECT_EQ(parser.head().Find("x-a"), "b c");
  EXPECT_EQ(parser.head().Find("x-none"), "");
}

TEST(HeadParserTest, FoldedLineGoesOnWithTheValue) {
  HeadParser parser(1000);
  parser.AddLine("HTTP/1.1 200 OK\r\n");
  parser.AddLine("x-a: one\r\n");
  EXPECT_EQ(parser.AddLine("\ttwo\r\n"), Progress::kMore);
  parser.AddLine("\r\n");
  EXPECT_EQ(parser.head().Find("x-a"), "one two");
}

TEST(HeadParserTest, InterimHeadsLeaveNothing) {
  HeadParser parser(1000);
  parser.AddLine("HTTP/1.1 100 Continue\r\n");
  parser.AddLine("x-a: 1\r\n");
  EXPECT_EQ(parser.AddLine("\r\n"), Progress::kMore);
  parser.AddLine("HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(parser.AddLine("\r\n"), Progress::kComplete);
  EXPECT_TRUE(parser.head().headers.empty());
}

TEST(HeadParserTest, TrailersAreCountedAndIgnored) {
  HeadParser parser(40);
  parser.AddLine("HTTP/1.1 200 OK\r\n");
  parser.AddLine("\r\n");
  EXPECT_EQ(parser.AddLine("x-t: 1\r\n"), Progress::kMore);
  EXPECT_TRUE(parser.head().headers.empty());
  EXPECT_EQ(parser.AddLine("x-much-too-long: 12345\r\n"), Progress::kTooLarge);
}

TEST(HeadParserTest, WhatIsNoHeadIsInvalid) {
  for (const char* line : {"SSH-2.0\r\n", "HTTP/1.1\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 3\r\n",
                           "HTTP/1.1 -20\r\n", "\r\n"}) {
    HeadParser parser(1000);
    EXPECT_EQ(parser.AddLine(line), Progress::kInvalid) << line;
  }
  HeadParser parser(1000);
  parser.AddLine("HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(parser.AddLine(" folded onto nothing\r\n"), Progress::kInvalid);
  EXPECT_EQ(parser.AddLine("no colon\r\n"), Progress::kInvalid);
}

std::vector<std::string> Lines(const RequestHeaders& headers) {
  std::vector<std::string> lines;
  for (const curl_slist* node = headers.list(); node != nullptr; node = node->next) {
    lines.emplace_back(node->data);
  }
  return lines;
}

TEST(RequestHeadersTest, RequestsOwnComeFirstThenTheCommonOnes) {
  const CommonHeaders common{Secret("k")};
  Request request;
  request.headers = {{"x-a", "1"}, {"x-empty", " "}};
  EXPECT_THAT(Lines(RequestHeaders(request, common)),
              ElementsAre("x-a: 1", "x-empty;", "Content-Type:", "authorization: Bearer k",
                          "Expect:"));
  request.headers = {{"Content-Type", "a/b"}, {"AUTHORIZATION", "c"}};
  EXPECT_THAT(Lines(RequestHeaders(request, common)),
              ElementsAre("Content-Type: a/b", "AUTHORIZATION: c", "Expect:"));
  const CommonHeaders without_key{Secret()};
  request.headers.clear();
  EXPECT_THAT(Lines(RequestHeaders(request, without_key)), ElementsAre("Content-Type:", "Expect:"));
}

TEST(RequestHeadersTest, OwnAuthorizationThenOwnKeyThenTheCommonKey) {
  const CommonHeaders with_key{Secret("common")};
  const CommonHeaders without_key{Secret()};
  Request request;
  request.headers = {{"content-type", "a/b"}};
  request.key = std::make_shared<ApiKey>(Secret("own"));
  for (const CommonHeaders* common : {&with_key, &without_key}) {
    EXPECT_THAT(Lines(RequestHeaders(request, *common)),
                ElementsAre("content-type: a/b", "authorization: Bearer own", "Expect:"));
  }
  request.headers.push_back({"authorization", "c"});
  EXPECT_THAT(Lines(RequestHeaders(request, with_key)),
              ElementsAre("content-type: a/b", "authorization: c", "Expect:"));
}

TEST(RequestHeadersTest, HoldTheKeyThatTheyShow) {
  const CommonHeaders common{Secret()};
  Request request;
  request.key = std::make_shared<ApiKey>(Secret("own"));
  const RequestHeaders headers(request, common);
  request.key.reset();
  EXPECT_THAT(Lines(headers), ElementsAre("Content-Type:", "authorization: Bearer own", "Expect:"));
}

TEST(CheckRequestTest, RefusesWhatWouldBreakOutOfItsPlace) {
  const auto refused = [](const Request& request) {
    const absl::Status status = CheckRequest(request);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("value")));
    return status.code() == absl::StatusCode::kInvalidArgument;
  };
  Request request;
  request.target = "/a%20b?c=d&e=%0a~";
  request.headers = {{"x-a", "any printable value, and \xc3\xa4"}};
  EXPECT_FALSE(refused(request));
  for (const std::string target : {"", "a", "/a b", "/a\r\nb", "/a#b", "/\xc3\xa4", "/a\x7f"}) {
    Request bad = request;
    bad.target = target;
    EXPECT_TRUE(refused(bad)) << target;
  }
  for (const std::string method : {"", "GET /", "GET\r\n"}) {
    Request bad = request;
    bad.method = method;
    EXPECT_TRUE(refused(bad)) << method;
  }
  const std::vector<std::string> values = {"value\r\nx: y", "value\n", "value\t",
                                           std::string("value\0", 6)};
  for (const std::string& value : values) {
    Request bad = request;
    bad.headers = {{"x-a", value}};
    EXPECT_TRUE(refused(bad)) << value;
  }
  for (const std::string name : {"", "x a", "x:", ":path", "Host", "content-length", "Expect",
                                 "TRANSFER-ENCODING", "connection", "proxy-authorization"}) {
    Request bad = request;
    bad.headers = {{name, "value"}};
    EXPECT_TRUE(refused(bad)) << name;
  }
}

TEST(EndNameTest, EveryEndHasItsOwnName) {
  std::vector<std::string> names;
  for (int end = 0; end <= static_cast<int>(End::kProtocol); ++end) {
    names.emplace_back(EndName(static_cast<End>(end)));
  }
  EXPECT_THAT(names, ElementsAre("complete", "cancelled", "shed", "connect_failed",
                                 "connect_timeout", "first_event_timeout", "idle_timeout",
                                 "deadline", "reset", "body_too_large", "headers_too_large",
                                 "line_too_long", "event_too_large", "protocol"));
}

}  // namespace
}  // namespace fireworks::upstream
