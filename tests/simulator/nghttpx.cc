#include "tests/simulator/nghttpx.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::simulator {
namespace {

// Another process may take the free port before nghttpx binds it.
constexpr int kStartAttempts = 5;
constexpr absl::Duration kStartTimeout = absl::Seconds(20);

absl::StatusOr<std::string> MakeFolder() {
  const char* parent = std::getenv("TEST_TMPDIR");
  std::string folder = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/nghttpx.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot make ", folder));
  }
  return folder;
}

class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A port that was free a moment ago.
int FreePort() {
  const Socket socket;
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool Accepts(int port) {
  const Socket socket;
  const sockaddr_in address = Loopback(port);
  return connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::vector<std::string> CommandLine(const std::string& folder, int port, int backend_port) {
  return {"nghttpx", "--conf=/dev/null", "--single-process",
          absl::StrCat("--frontend=127.0.0.1,", port),
          absl::StrCat("--backend=127.0.0.1,", backend_port),
          // Streams may be silent for as long as a test likes.
          "--backend-read-timeout=1h", "--frontend-http2-read-timeout=1h",
          "--frontend-read-timeout=1h", "--no-ocsp", "--accesslog-file=/dev/null",
          folder + "/server.key", folder + "/server.pem"};
}

// Whether `process` came to accept connections; false when it exited. It says itself that
// it listens: who accepts may be another that has taken the port.
bool AwaitStart(ChildProcess* process, int port) {
  const std::string listening = absl::StrCat("Listening on 127.0.0.1:", port, ",");
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (absl::Now() < deadline && process->Running()) {
    if (absl::StrContains(process->Output(), listening) && Accepts(port)) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NghttpxProxy>> NghttpxProxy::Start(int backend_port) {
  const absl::StatusOr<std::string> folder = MakeFolder();
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<TestAuthority> authority = TestAuthority::Create(*folder);
  if (!authority.ok()) return authority.status();
  absl::Status issued = authority->Issue("server", "DNS:localhost, IP:127.0.0.1");
  if (!issued.ok()) return issued;
  const std::string log_path = *folder + "/nghttpx.log";
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    const int port = FreePort();
    absl::StatusOr<ChildProcess> process =
        ChildProcess::Spawn(CommandLine(*folder, port, backend_port), log_path);
    if (!process.ok()) return process.status();
    if (AwaitStart(&*process, port)) {
      return std::make_unique<NghttpxProxy>(*folder, *std::move(process), port);
    }
  }
  return absl::UnavailableError(absl::StrCat("nghttpx does not start, see ", log_path));
}

NghttpxProxy::NghttpxProxy(std::string folder, ChildProcess process, int port)
    : folder_(std::move(folder)),
      ca_path_(folder_ + "/ca.pem"),
      process_(std::move(process)),
      port_(port) {}

NghttpxProxy::~NghttpxProxy() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string NghttpxProxy::base_url() const {
  return absl::StrCat("https://localhost:", port_);
}

}  // namespace fireworks::simulator
