// Connections to Redis: addresses, TLS, passwords, and servers that are none.
#include "service/redis/connection.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/redis/quota_store.h"
#include "service/upstream/file_descriptor.h"
#include "tests/redis/redis_server.h"

namespace fireworks::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using upstream::FileDescriptor;

constexpr seconds kPatience{60};
constexpr char kPassword[] = "open-sesame-71c3";

ConnectionOptions OptionsOf(const std::string& address) {
  ConnectionOptions options;
  options.address = *ParseAddress(address);
  options.connect_timeout = kPatience;
  return options;
}

Deadline Patiently() { return Deadline::clock::now() + kPatience; }

// What PING comes to, be it an error of the way there.
std::string Ping(const ConnectionOptions& options) {
  auto connection = Connection::Connect(options);
  if (!connection.ok()) return std::string(connection.status().message());
  auto replies = (*connection)->Exchange({FormatCommand({"PING"})}, Patiently());
  return replies.ok() ? replies->front().text : std::string(replies.status().message());
}

TEST(AddressTest, NamesNumbersAndPaths) {
  EXPECT_EQ(ParseAddress("redis.example:6379")->host, "redis.example");
  EXPECT_EQ(ParseAddress("redis.example:6379")->port, "6379");
  EXPECT_EQ(ParseAddress("10.0.0.1:1")->host, "10.0.0.1");
  EXPECT_EQ(ParseAddress("[::1]:65535")->host, "::1");
  EXPECT_EQ(ParseAddress("unix:/run/redis.sock")->path, "/run/redis.sock");
  EXPECT_EQ(ParseAddress("unix:/run/redis.sock")->host, "");
}

TEST(AddressTest, MistakesAreRefused) {
  for (const char* wrong : {"", ":", "redis", "redis:", ":6379", "redis:0", "redis:65536",
                            "redis:x", "::1:6379", "[::1]", "[]:1", "[::1:1", "unix:", "unix:run",
                            "redis://a:1", "a b:1"}) {
    EXPECT_FALSE(ParseAddress(wrong).ok()) << wrong;
  }
}

// ---------------------------------------------------------------- a real server

TEST(ConnectionTest, TlsIsForServersOfThatNameAndAuthority) {
  RedisServer server;
  ASSERT_TRUE(server.StartWithTls().ok());
  ConnectionOptions options = OptionsOf(server.tls_address());
  Tls& tls = options.tls.emplace();
  tls.ca_file = server.authority().ca_path();
  tls.certificate_file = server.authority().certificate_path("client");
  tls.key_file = server.authority().key_path("client");
  tls.server_name = "localhost";
  EXPECT_EQ(Ping(options), "PONG");

  tls.server_name = "another.example";
  EXPECT_THAT(Ping(options), HasSubstr("certificate: hostname mismatch"));
  tls.server_name = "127.0.0.1";  // which its certificate does not have
  EXPECT_THAT(Ping(options), HasSubstr("certificate: IP address mismatch"));
  tls.server_name = "localhost";
  tls.ca_file.clear();
  EXPECT_THAT(Ping(options), HasSubstr("certificate: "));
  tls.ca_file = server.authority().ca_path();
  tls.certificate_file = server.Path("nothing.pem");
  EXPECT_THAT(Ping(options), HasSubstr("nothing.pem"));
  // Without one of its own it is not let in.
  tls.certificate_file.clear();
  tls.key_file.clear();
  EXPECT_NE(Ping(options), "PONG");
  // And what is no TLS is no TLS; it waits for the end of the line.
  options.address = *ParseAddress(server.address());
  options.connect_timeout = milliseconds(100);
  EXPECT_NE(Ping(options), "PONG");
}

TEST(ConnectionTest, ThePasswordIsReadForEachConnection) {
  RedisServer server;
  ASSERT_TRUE(server.Start({"--requirepass", kPassword}).ok());
  ConnectionOptions options = OptionsOf(server.address());
  EXPECT_THAT(Ping(options), HasSubstr("NOAUTH"));
  options.password_file = server.Path("password");
  EXPECT_THAT(Ping(options), HasSubstr("password file"));
  std::ofstream(options.password_file) << "wrong\n";
  EXPECT_EQ(Ping(options), "AUTH was answered with WRONGPASS");
  std::ofstream(options.password_file) << kPassword << "\n";
  EXPECT_EQ(Ping(options), "PONG");
  options.username = "default";
  EXPECT_EQ(Ping(options), "PONG");
  options.username = "nobody";
  EXPECT_EQ(Ping(options), "AUTH was answered with WRONGPASS");
}

TEST(ConnectionTest, DatabasesAreApart) {
  RedisServer server;
  ASSERT_TRUE(server.Start().ok());
  ConnectionOptions options = OptionsOf(server.address());
  options.database = 3;
  auto connection = Connection::Connect(options);
  ASSERT_TRUE(connection.ok()) << connection.status();
  ASSERT_TRUE((*connection)->Exchange({FormatCommand({"SET", "k", "v"})}, Patiently()).ok());
  EXPECT_EQ(server.Ask({"DBSIZE"}).integer, 0);
  options.database = 99;
  EXPECT_EQ(Ping(options), "SELECT was answered with ERR");
}

TEST(ConnectionTest, AStoreNeedsItsPasswordFileToBegin) {
  QuotaStoreOptions options;
  options.connection = OptionsOf("unix:/nowhere");
  options.connection.password_file = "/nowhere/password";
  EXPECT_THAT(QuotaStore::Create(options).status().message(),
              HasSubstr("password file /nowhere/password"));
}

// ---------------------------------------------------------------- not Redis

// Says `answer` to the first connection, whatever it asks, and hangs up when that has
// hung up or has said `reads` bytes.
class Impostor {
 public:
  Impostor(std::string answer, std::size_t reads)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_.get(), 1);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), reads] { Serve(answer, reads); });
  }
  ~Impostor() { thread_.join(); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  void Serve(const std::string& answer, std::size_t reads) {
    const FileDescriptor session(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::size_t sent = 0;
    while (sent < answer.size()) {
      const ssize_t count =
          send(session.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
    char buffer[1024];
    for (std::size_t read = 0; read < reads;) {
      const ssize_t count = recv(session.get(), buffer, sizeof(buffer), 0);
      if (count <= 0) return;
      read += static_cast<std::size_t>(count);
    }
  }

  FileDescriptor listener_;
  int port_ = 0;
  std::thread thread_;
};

constexpr std::size_t kUntilTheEnd = 1'000'000'000;

TEST(ConnectionTest, WhatIsNoRedisIsAnError) {
  const std::string large(1 << 20, 'x');
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol"},
      {"*-7\r\n", "protocol"},
      // Lists in lists: hiredis 0.14 takes nine, 1 takes any number of them.
      {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n@\r\n", "protocol"},
      {absl::StrCat("$", large.size(), "\r\n", large, "\r\n"), "too large"},
      {absl::StrCat("+", large), "too large"},
  };
  for (const auto& [answer, error] : cases) {
    const Impostor impostor(answer, kUntilTheEnd);
    EXPECT_THAT(Ping(OptionsOf(impostor.address())), HasSubstr(error)) << answer.substr(0, 40);
  }
}

TEST(ConnectionTest, AConnectionThatIsHungUpIsAnError) {
  const Impostor impostor("$10\r\nhal", 5);
  EXPECT_THAT(Ping(OptionsOf(impostor.address())), HasSubstr("closed"));
}

TEST(ConnectionTest, AServerThatSaysNothingIsNotWaitedFor) {
  const Impostor impostor("", kUntilTheEnd);
  auto connection = Connection::Connect(OptionsOf(impostor.address()));
  ASSERT_TRUE(connection.ok()) << connection.status();
  const auto replies = (*connection)
                           ->Exchange({FormatCommand({"PING"})},
                                      Deadline::clock::now() + milliseconds(20));
  EXPECT_EQ(replies.status().code(), absl::StatusCode::kDeadlineExceeded);
}

// Some servers repeat what they do not understand.
TEST(ConnectionTest, AnErrorThatRepeatsThePasswordIsNotHandedOn) {
  RedisServer files;
  for (const char* answer : {"-ERR unknown command 'AUTH', with args beginning with: ", "-"}) {
    const Impostor impostor(absl::StrCat(answer, kPassword, "\r\n"), kUntilTheEnd);
    ConnectionOptions options = OptionsOf(impostor.address());
    options.password_file = files.Path("password");
    std::ofstream(options.password_file) << kPassword;
    const std::string error = Ping(options);
    EXPECT_THAT(error, HasSubstr("AUTH was answered with "));
    EXPECT_THAT(error, Not(HasSubstr(kPassword)));
  }
}

TEST(CommandTest, WordsAreBytes) {
  EXPECT_EQ(FormatCommand({"SET", "", absl::string_view("a\r\n\0", 4)}),
            std::string("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\n\0\r\n", 29));
}

}  // namespace
}  // namespace fireworks::redis
