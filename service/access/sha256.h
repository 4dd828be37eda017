// SHA-256, for what must be recognised without being kept.
#ifndef FIREWORKS_SERVICE_ACCESS_SHA256_H_
#define FIREWORKS_SERVICE_ACCESS_SHA256_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace fireworks::access {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(absl::string_view bytes);

// 64 hexadecimal digits in lower case.
std::string ToHex(const Sha256Digest& digest);

// Of 64 hexadecimal digits of either case; nothing else is a digest.
absl::optional<Sha256Digest> DigestFromHex(absl::string_view hex);

// In the same time wherever the two differ.
bool EqualInConstantTime(const Sha256Digest& a, const Sha256Digest& b);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_SHA256_H_
