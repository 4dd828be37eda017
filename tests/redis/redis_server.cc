#include "tests/redis/redis_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::redis {
namespace {

// Another process may take the free port before Redis binds it.
constexpr int kStartAttempts = 5;
constexpr absl::Duration kStartTimeout = absl::Seconds(20);

// Not below TEST_TMPDIR, whose path is too long for a socket's.
std::string MakeFolder() {
  std::string folder = "/tmp/redis.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  return folder;
}

// A port that was free a moment ago.
int FreePort() {
  const upstream::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

ConnectionOptions Patient(const std::string& address) {
  ConnectionOptions options;
  options.address = *ParseAddress(address);
  options.connect_timeout = std::chrono::seconds(20);
  return options;
}

}  // namespace

RedisServer::RedisServer() : folder_(MakeFolder()) {}

RedisServer::~RedisServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string RedisServer::address() const { return absl::StrCat("unix:", Path("redis.sock")); }

std::string RedisServer::tls_address() const { return absl::StrCat("localhost:", tls_port_); }

absl::Status RedisServer::Start(const std::vector<std::string>& options) {
  return StartAt(0, options);
}

absl::Status RedisServer::StartWithTls() {
  auto authority = simulator::TestAuthority::Create(folder_);
  if (!authority.ok()) return authority.status();
  authority_ = *std::move(authority);
  for (const char* name : {"server", "client"}) {
    absl::Status issued = authority_->Issue(name, "DNS:localhost");
    if (!issued.ok()) return issued;
  }
  absl::Status started = absl::UnavailableError("not tried");
  for (int attempt = 0; attempt < kStartAttempts && !started.ok(); ++attempt) {
    tls_port_ = FreePort();
    started = StartAt(tls_port_, {"--tls-cert-file", authority_->certificate_path("server"),
                                  "--tls-key-file", authority_->key_path("server"),
                                  "--tls-ca-cert-file", authority_->ca_path()});
  }
  return started;
}

absl::Status RedisServer::StartAt(int tls_port, const std::vector<std::string>& options) {
  std::vector<std::string> arguments{
      "redis-server", "--port", "0",          "--tls-port",     absl::StrCat(tls_port),
      "--bind",       "127.0.0.1",            "--unixsocket",   Path("redis.sock"),
      "--dir",        folder_,                "--save",         "",
      "--appendonly", "no"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  auto process = simulator::ChildProcess::Spawn(arguments, Path("redis.log"));
  if (!process.ok()) return process.status();
  process_ = *std::move(process);
  const absl::Time give_up = absl::Now() + kStartTimeout;
  while (absl::Now() < give_up && process_->Running()) {
    if (Answers()) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(10));
  }
  process_.reset();
  return absl::UnavailableError(absl::StrCat("redis-server does not start, see ",
                                             Path("redis.log")));
}

bool RedisServer::Answers() const {
  auto connection = Connection::Connect(Patient(address()));
  if (!connection.ok()) return false;
  // Whatever it says, be it that it wants a password.
  return (*connection)
      ->Exchange({FormatCommand({"PING"})}, Deadline::clock::now() + std::chrono::seconds(20))
      .ok();
}

void RedisServer::Freeze() { process_->Freeze(); }

void RedisServer::Thaw() { process_->Thaw(); }

Reply RedisServer::Ask(const std::vector<absl::string_view>& command) const {
  auto connection = Connection::Connect(Patient(address()));
  if (connection.ok()) {
    auto replies = (*connection)
                       ->Exchange({FormatCommand(command)},
                                  Deadline::clock::now() + std::chrono::seconds(20));
    if (replies.ok()) return replies->front();
  }
  std::cerr << "Redis does not answer\n";
  std::abort();
}

}  // namespace fireworks::redis
