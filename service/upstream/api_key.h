// An upstream API key as requests carry it.
#ifndef FIREWORKS_SERVICE_UPSTREAM_API_KEY_H_
#define FIREWORKS_SERVICE_UPSTREAM_API_KEY_H_

#include <array>
#include <cstdint>
#include <string>

#include "service/upstream/secret.h"

namespace fireworks::upstream {

// Immutable; any thread. Shared by all requests that are sent with it, so that none
// needs a copy and the bytes are wiped when the last of them has ended.
class ApiKey {
 public:
  // `key` must not be empty and must have passed CheckApiKey.
  explicit ApiKey(const Secret& key);

  ApiKey(const ApiKey&) = delete;
  ApiKey& operator=(const ApiKey&) = delete;

  // "authorization: Bearer …", as the wire has it.
  const Secret& authorization_line() const { return authorization_line_; }

  // The first 8 hexadecimal digits of the key's SHA-256: tells keys apart where
  // people read about them, and gives nothing of them away.
  const std::string& fingerprint() const { return fingerprint_; }

  // Whether both are the same text, wherever it came from.
  bool SameAs(const ApiKey& other) const { return digest_ == other.digest_; }

 private:
  const Secret authorization_line_;
  const std::array<std::uint8_t, 32> digest_;
  const std::string fingerprint_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_API_KEY_H_
