#include "service/upstream/testing/tls_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream::testing {
namespace {

// A socket of the loopback interface, bound to `*port`, or if that is 0 to a free
// one. Child processes inherit it.
FileDescriptor Bind(int* port) {
  FileDescriptor bound(socket(AF_INET, SOCK_STREAM, 0));
  // Lets several sockets have the same port as long as none of them listens.
  const int on = 1;
  EXPECT_EQ(setsockopt(bound.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(*port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(bound.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  *port = ntohs(address.sin_port);
  return bound;
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& string : *strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

const Certificate& CertificateFor(const std::string& subject_alt_name) {
  static std::map<std::string, Certificate> made;
  const auto found = made.find(subject_alt_name);
  if (found != made.end()) return found->second;
  const std::string stem = absl::StrCat(::testing::TempDir(), "/certificate", made.size());
  Certificate certificate{stem + ".pem", stem + ".key"};
  const std::string command = absl::StrCat(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
      " -subj /CN=test -addext subjectAltName=",
      subject_alt_name, " -keyout ", certificate.key_file, " -out ", certificate.certificate_file,
      " 2>/dev/null");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return made.emplace(subject_alt_name, std::move(certificate)).first->second;
}

TlsProxy::TlsProxy(int backend_port, const Certificate& certificate)
    : backend_port_(backend_port), certificate_(certificate), reservation_(Bind(&port_)) {
  Start();
}

void TlsProxy::Start() {
  // The kernel queues connections until nghttpx takes them, so that the port is
  // good from here on.
  listener_ = Bind(&port_);
  EXPECT_EQ(listen(listener_.get(), 1024), 0);
  Spawn();
}

void TlsProxy::HandOver() {
  leaving_.push_back(process_);
  Spawn();
  kill(leaving_.back(), SIGQUIT);
}

void TlsProxy::Spawn() {
  // The variable is how nghttpx hands listeners to its own successor; without it,
  // it could not be told to use a port that is free.
  std::vector<std::string> arguments = {
      "nghttpx",
      "--conf=/dev/null",
      "--single-process",
      "--workers=1",
      "--no-ocsp",
      "--log-level=ERROR",
      absl::StrCat("--frontend=127.0.0.1,", port_),
      absl::StrCat("--backend=127.0.0.1,", backend_port_),
      certificate_.key_file,
      certificate_.certificate_file,
  };
  std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/bin",
                                          absl::StrCat("NGHTTPX_ACCEPT_1=tcp,", listener_.get())};
  const std::vector<char*> argument_pointers = Pointers(&arguments);
  const std::vector<char*> environment_pointers = Pointers(&environment);
  process_ = fork();
  if (process_ == 0) {
    // Dies with the test, however that ends.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execve("/usr/sbin/nghttpx", argument_pointers.data(), environment_pointers.data());
    _exit(127);
  }
  EXPECT_GT(process_, 0);
}

std::string TlsProxy::url() const { return absl::StrCat("https://127.0.0.1:", port_); }

void TlsProxy::Kill() {
  for (const pid_t process : leaving_) {
    kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
  }
  leaving_.clear();
  if (process_ <= 0) return;
  listener_ = FileDescriptor();
  kill(process_, SIGKILL);
  int status = 0;
  waitpid(process_, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "nghttpx (package nghttp2-proxy) has ended, code "
                                   << WEXITSTATUS(status);
  process_ = -1;
}

}  // namespace fireworks::upstream::testing
