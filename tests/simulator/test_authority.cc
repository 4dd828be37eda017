#include "tests/simulator/test_authority.h"

#include <cstdio>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulator/child_process.h"

namespace fireworks::simulator {
namespace {

constexpr char kConfig[] = R"([req]
distinguished_name = dn
prompt = no
[dn]
CN = test
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
authorityKeyIdentifier = keyid
subjectAltName = )";

using Arguments = std::vector<std::string>;

const Arguments& NewKey() {
  static const auto& arguments = *new Arguments{"-newkey", "ec", "-pkeyopt",
                                                "ec_paramgen_curve:prime256v1", "-nodes"};
  return arguments;
}

absl::Status RunOpenssl(const std::string& folder, const Arguments& what, const Arguments& more) {
  Arguments arguments = {"openssl"};
  arguments.insert(arguments.end(), what.begin(), what.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  absl::StatusOr<ChildProcess> openssl = ChildProcess::Spawn(arguments, folder + "/openssl.log");
  return openssl.ok() ? openssl->Wait() : openssl.status();
}

void WriteConfig(const std::string& path, const std::string& subject_alt_name) {
  std::ofstream(path) << kConfig << subject_alt_name << "\n";
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot rename ", from));
}

}  // namespace

absl::StatusOr<TestAuthority> TestAuthority::Create(const std::string& folder) {
  TestAuthority authority(folder);
  const std::string config = folder + "/ca.cnf";
  WriteConfig(config, "DNS:unused");
  absl::Status made = RunOpenssl(
      folder,
      {"req", "-x509", "-config", config, "-extensions", "ca", "-subj", "/CN=Test Authority",
       "-days", "2", "-keyout", folder + "/ca.key", "-out", authority.ca_path()},
      NewKey());
  if (!made.ok()) return made;
  return authority;
}

absl::Status TestAuthority::Issue(const std::string& name,
                                  const std::string& subject_alt_name) const {
  const std::string base = folder_ + "/" + name;
  const std::string config = base + ".cnf";
  WriteConfig(config, subject_alt_name);
  absl::Status made = RunOpenssl(
      folder_,
      {"req", "-config", config, "-keyout", base + ".key.new", "-out", base + ".csr"}, NewKey());
  if (made.ok()) {
    made = RunOpenssl(folder_,
                      {"x509", "-req", "-in", base + ".csr", "-CA", ca_path(), "-CAkey",
                       folder_ + "/ca.key", "-out", base + ".pem.new", "-extfile", config},
                      {"-extensions", "leaf", "-days", "2", "-CAcreateserial"});
  }
  if (made.ok()) made = Rename(base + ".key.new", base + ".key");
  if (made.ok()) made = Rename(base + ".pem.new", base + ".pem");
  return made;
}

}  // namespace fireworks::simulator
