// The upstream keys of the service: labels, under each of which one or more files
// hold a key. Several files of a label are several keys that are good at the same
// time, so that one can be replaced while the other still serves.
//
// Life of a key: it comes with its file, at the start or when a Refresh finds
// another key in the file; new requests get it while it is the best of its label;
// requests that have it keep it for as long as they run, whatever becomes of it
// here. The best of a label is, in this order: one that upstream does not refuse;
// one whose file could be read last time; the one that came last. Keys that came
// with the same Refresh, and those of the start, go by the times of their files, in
// whole seconds, and then by the order in which the files are listed: Kubernetes
// writes all files of a secret anew when one of them changes.
//
// A key that upstream refuses is not given out while another one of its label is
// good. When none is, the one goes next that was refused longest ago, so that a
// label is never without a key and a good key among bad ones is found again.
//
// Nothing that this tells (lists, events, errors) holds a key.
#ifndef FIREWORKS_SERVICE_UPSTREAM_KEY_RING_H_
#define FIREWORKS_SERVICE_UPSTREAM_KEY_RING_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/upstream/api_key.h"
#include "service/upstream/api_key_source.h"

namespace fireworks::upstream {

struct KeyRingOptions {
  struct Label {
    std::string name;
    // At least one; of keys that are equally new the first is preferred.
    std::vector<std::string> files;
  };
  std::vector<Label> labels;
  // The name of one of `labels`.
  std::string default_label;
  // Wall clock. Thread-safe; null: absl::Now.
  std::function<absl::Time()> now;
};

enum class KeyState {
  kActive,   // new requests of its label get it
  kStandby,  // as good, but another one is preferred
  kRefused,  // upstream said no to it
};

// "active", "standby", "refused": for logs and metric labels.
absl::string_view KeyStateName(KeyState state);

// A key, as people may know it.
struct KeyStatus {
  std::string label;
  std::string file;
  std::string fingerprint;  // ApiKey::fingerprint
  KeyState state = KeyState::kStandby;
  // Whether new requests get it: the active key, or the refused one that is used for
  // want of a good one.
  bool in_use = false;
  absl::Time since;  // of the state, or the key if that is younger
  // Why the file could not be read last time; the key is the last good one of it.
  std::string problem;
};

// Something that happened to a key, or to the file that it came from.
struct KeyEvent {
  enum class Kind {
    kReplaced,    // the file holds another key
    kRefused,     // upstream said no to it
    kRestored,    // no longer marked refused
    kUnreadable,  // its file can't be read, or holds no key
    kReadable,    // its file can be read again, and holds the same key
  };
  Kind kind = Kind::kReplaced;
  std::string label;
  std::string file;
  std::string fingerprint;
  std::string detail;  // in words
};

// "replaced", "refused", …: for logs.
absl::string_view KeyEventName(KeyEvent::Kind kind);

// Thread-safe. Only Create and Refresh touch files, and no other call waits for
// them.
class KeyRing {
 public:
  // Reads all files. Errors name the file, or the option that is unusable.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Create(const KeyRingOptions& options);

  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // The key for a new request; an empty label is the default one. NOT_FOUND when
  // there is no such label.
  absl::StatusOr<std::shared_ptr<const ApiKey>> Pick(absl::string_view label) const;

  bool HasLabel(absl::string_view label) const;

  // Reads the files again: to be called about every second. What is wrong with a
  // file is an event when it begins or changes, and stands in List while it lasts.
  std::vector<KeyEvent> Refresh();

  // Upstream has refused a request because of `key`: 401, or a 403 that says so. The
  // key is marked wherever the ring has it, until a file that it came from is written
  // anew. No events when that changes no state.
  std::vector<KeyEvent> Refused(const ApiKey& key);

  // Upstream has answered a request with `key` by 2xx. Takes the mark off a key that
  // is in use for want of a good one, because the upstream was wrong then; of a key
  // that is not in use, an answer to an older request proves nothing.
  std::vector<KeyEvent> Accepted(const ApiKey& key);

  // By label and file, in the order of the options.
  std::vector<KeyStatus> List() const;

 private:
  // A file, and the last good key of it.
  struct Source {
    std::string file;  // the only member that is not guarded by mutex_: never changes
    std::shared_ptr<const ApiKey> key;
    FileVersion version;
    absl::Status problem;
    // When the key came: the number of the Refresh, then the file's time of that time.
    std::uint64_t refresh = 0;
    std::time_t written = 0;
    // The number of the key's last refusal; 0: it isn't refused.
    std::uint64_t refusal = 0;
    KeyState state = KeyState::kStandby;
    absl::Time since;
  };

  struct Label {
    std::string name;  // never changes
    std::vector<Source> sources;
    std::size_t in_use = 0;  // index into sources; guarded by mutex_
  };

  explicit KeyRing(const KeyRingOptions& options);

  absl::Status Load();

  // All below need mutex_.

  // Puts a key that was read into `source`.
  void Take(const ApiKeyFile& file, Source* source) const;
  static bool Preferred(const Source& a, const Source& b);
  // Finds the key in use, and what that makes of the label's keys.
  void Choose(Label* label) const;
  // Compares what a Refresh has read with what `source` has.
  void Apply(const absl::StatusOr<ApiKeyFile>& look, const Label& label, Source* source,
             std::vector<KeyEvent>* events) const;
  static KeyEvent EventOf(KeyEvent::Kind kind, const Label& label, const Source& source,
                          std::string detail);
  // What new requests of `label` get, in words.
  static std::string WhatIsUsed(const Label& label);

  const std::function<absl::Time()> now_;
  const std::string default_label_;
  std::mutex refresh_mutex_;  // one Refresh at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::vector<Label> labels_;    // sized once; what may change of it is guarded by mutex_
  std::uint64_t refreshes_ = 0;  // guarded by mutex_
  std::uint64_t refusals_ = 0;   // guarded by mutex_
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_KEY_RING_H_
