// A certificate authority made for the occasion, with the openssl command.
#ifndef FIREWORKS_TESTS_SIMULATOR_TEST_AUTHORITY_H_
#define FIREWORKS_TESTS_SIMULATOR_TEST_AUTHORITY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fireworks::simulator {

// Leaves its files where they are; thread-compatible.
class TestAuthority {
 public:
  // Makes an authority with `ca.pem` in `folder`, which must exist.
  static absl::StatusOr<TestAuthority> Create(const std::string& folder);

  // Makes a key and a certificate for it, `name`.key and `name`.pem, in place of what
  // was there: each appears at once and whole. `subject_alt_name` is as OpenSSL writes
  // it, such as "DNS:localhost, IP:127.0.0.1" or "URI:spiffe://test/sa/chat".
  absl::Status Issue(const std::string& name, const std::string& subject_alt_name) const;

  std::string ca_path() const { return folder_ + "/ca.pem"; }
  std::string certificate_path(const std::string& name) const {
    return folder_ + "/" + name + ".pem";
  }
  std::string key_path(const std::string& name) const { return folder_ + "/" + name + ".key"; }

 private:
  explicit TestAuthority(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TEST_AUTHORITY_H_
