// Keys that an issuer publishes at an address.
#ifndef FIREWORKS_SERVICE_ACCESS_URL_KEY_SOURCE_H_
#define FIREWORKS_SERVICE_ACCESS_URL_KEY_SOURCE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/key_set.h"

namespace fireworks::access {

// What absl::Now is, or in tests something else.
using WallClock = std::function<absl::Time()>;

// What to fetch.
struct KeyFetch {
  std::string url;         // https
  std::string ca_file;     // empty: the system's authorities
  std::string token_file;  // empty: no `authorization`; read anew for each fetch
};

// Gets the body of a 200, on the thread that calls; it has a time limit of its own,
// follows no redirects and reads at most kMaxKeySetBytes. Errors hold no secrets.
using FetchFunction = std::function<absl::StatusOr<std::string>(const KeyFetch&)>;

// Fetches keys again every `interval`, and earlier, but never within `min_interval` of
// the last try, after a try that failed and when a token names an unknown key. Keys
// stay until others have come.
class UrlKeySource : public KeySource {
 public:
  struct Timing {
    absl::Duration interval = absl::Minutes(10);
    absl::Duration min_interval = absl::Seconds(30);
  };

  UrlKeySource(KeyFetch what, const Timing& timing, FetchFunction fetch, WallClock now)
      : what_(std::move(what)), timing_(timing), fetch_(std::move(fetch)), now_(std::move(now)) {}

  UrlKeySource(const UrlKeySource&) = delete;
  UrlKeySource& operator=(const UrlKeySource&) = delete;

  std::shared_ptr<const KeySet> Current() const override;
  void ReportUnknownKey() override { wanted_ = true; }
  absl::Status Refresh() override;
  SourceStatus status() const override;

 private:
  // Whether it is time for a try; refresh_mutex_ is held.
  bool IsDue(absl::Time now) const;
  absl::Status Fetch();

  const KeyFetch what_;
  const Timing timing_;
  const FetchFunction fetch_;
  const WallClock now_;
  std::atomic<bool> wanted_{false};

  std::mutex refresh_mutex_;
  absl::Time last_try_ = absl::InfinitePast();  // guarded by refresh_mutex_
  absl::Status last_status_;                    // of that try; guarded by refresh_mutex_
  std::string last_body_;                       // of the current keys; guarded by refresh_mutex_

  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> current_;  // guarded by mutex_
  SourceStatus status_;                    // guarded by mutex_
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_URL_KEY_SOURCE_H_
