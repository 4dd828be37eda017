// The keys of one issuer of tokens, and where they come from.
#ifndef FIREWORKS_SERVICE_ACCESS_KEY_SET_H_
#define FIREWORKS_SERVICE_ACCESS_KEY_SET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/public_key.h"
#include "service/access/source_status.h"

namespace fireworks::access {

// The longest JWK Set that is believed to be one, in bytes.
inline constexpr std::size_t kMaxKeySetBytes = 1024 * 1024;

// A JWK Set (RFC 7517 §5): the keys in it that can verify our tokens. Immutable; any
// thread.
class KeySet {
 public:
  // Keys of other kinds, for other purposes or without a `kid` are passed over, as
  // the RFC wants it. INVALID_ARGUMENT when none is left, when two of them have the
  // same `kid`, or `text` is no JWK Set.
  static absl::StatusOr<std::shared_ptr<const KeySet>> Parse(absl::string_view text);

  // Null when there is none. Lives as long as the set.
  const PublicKey* Find(absl::string_view kid) const;

  std::size_t size() const { return keys_.size(); }

  // No other set of this process has the same.
  std::uint64_t generation() const { return generation_; }

 private:
  KeySet();

  const std::uint64_t generation_;
  absl::flat_hash_map<std::string, PublicKey> keys_;
};

// Gives the keys that count now. Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;

  // Null while there are none yet. Does not block.
  virtual std::shared_ptr<const KeySet> Current() const = 0;

  // Someone came with a key that Current() does not have. Does not block.
  virtual void ReportUnknownKey() {}

  // Looks for newer keys if it is time for that; to be called about every second. May
  // block. OK when Current() is the last that the source said; else why it is not.
  virtual absl::Status Refresh() = 0;

  // What it reads. Does not block.
  virtual SourceStatus status() const = 0;
};

// The keys in the file at `path`.
std::unique_ptr<KeySource> MakeFileKeySource(const std::string& path);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_KEY_SET_H_
