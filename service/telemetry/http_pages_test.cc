#include "service/telemetry/http_pages.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace fireworks::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

std::string ReadToEnd(int socket) {
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = ::read(socket, buffer, sizeof buffer)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  return answer;
}

class HttpPagesTest : public testing::Test {
 protected:
  // Once for all: it takes two seconds to end.
  static void SetUpTestSuite() {
    auto pages = HttpPages::Listen("127.0.0.1:0");
    ASSERT_TRUE(pages.ok()) << pages.status();
    pages_ = *std::move(pages);
    pages_->Add("/echo", [](absl::string_view query) {
      return HttpPage{"text/plain", absl::StrCat("asked: ", query)};
    });
  }

  static void TearDownTestSuite() { pages_.reset(); }

  std::string Ask(const std::string& line) {
    const int socket = Connect(pages_->port());
    const std::string request = absl::StrCat(line, " HTTP/1.1\r\nhost: localhost\r\n\r\n");
    EXPECT_EQ(::write(socket, request.data(), request.size()),
              static_cast<ssize_t>(request.size()));
    std::string answer = ReadToEnd(socket);
    ::close(socket);
    return answer;
  }

  static std::unique_ptr<HttpPages> pages_;
};

std::unique_ptr<HttpPages> HttpPagesTest::pages_;

TEST_F(HttpPagesTest, APageGetsItsQuery) {
  const std::string answer = Ask("GET /echo?format=json&x=%3Cy");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("content-length: 25\r\n"));
  EXPECT_THAT(answer, HasSubstr("content-security-policy: default-src 'none'"));
  EXPECT_TRUE(absl::EndsWith(answer, "\r\n\r\nasked: format=json&x=%3Cy")) << answer;
}

TEST_F(HttpPagesTest, HeadHasNoBody) {
  const std::string answer = Ask("HEAD /echo");
  EXPECT_THAT(answer, HasSubstr("content-length: 7\r\n"));
  EXPECT_TRUE(absl::EndsWith(answer, "\r\n\r\n")) << answer;
}

TEST_F(HttpPagesTest, NothingElseIsServed) {
  for (const char* line : {"GET /", "GET /other", "GET /echo/below", "GET /../etc/passwd",
                           "GET /echo/../../etc/passwd", "PUT /file"}) {
    const std::string answer = Ask(line);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 4")) << line;
    EXPECT_THAT(answer, Not(HasSubstr("asked: "))) << line;
  }
  EXPECT_THAT(Ask("POST /echo"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Ask("DELETE /echo"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(HttpPagesTest, OneThatSaysNothingDoesNotHoldUpOthers) {
  const int silent = Connect(pages_->port());
  EXPECT_THAT(Ask("GET /echo"), HasSubstr("asked: "));
  ::close(silent);
}

TEST_F(HttpPagesTest, ATakenAddressIsAnError) {
  const auto taken = HttpPages::Listen(absl::StrCat("127.0.0.1:", pages_->port()));
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(HttpPages::Listen("not an address").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace fireworks::telemetry
