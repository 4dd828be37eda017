// A certificate for a test's server.
#ifndef FIREWORKS_CLIENT_CPP_TESTING_CERTIFICATE_H_
#define FIREWORKS_CLIENT_CPP_TESTING_CERTIFICATE_H_

#include <string>

namespace fireworks::client {

// PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

// Self-signed, for 127.0.0.1, valid for an hour.
Certificate MakeCertificate();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TESTING_CERTIFICATE_H_
