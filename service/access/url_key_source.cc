#include "service/access/url_key_source.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::access {

std::shared_ptr<const KeySet> UrlKeySource::Current() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

SourceStatus UrlKeySource::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  SourceStatus status = status_;
  status.what = "issuer keys";
  status.where = what_.url;
  return status;
}

bool UrlKeySource::IsDue(absl::Time now) const {
  // A clock that was set back must not stop us until it has caught up.
  if (now < last_try_) return true;
  const bool soon = wanted_ || !last_status_.ok();
  return now - last_try_ >= (soon ? timing_.min_interval : timing_.interval);
}

absl::Status UrlKeySource::Refresh() {
  std::lock_guard<std::mutex> refreshing(refresh_mutex_);
  const absl::Time now = now_();
  if (!IsDue(now)) return last_status_;
  last_try_ = now;
  // Before the fetch: who misses a key from now on may want a newer answer.
  wanted_ = false;
  last_status_ = Fetch();
  std::lock_guard<std::mutex> lock(mutex_);
  status_.problem = std::string(last_status_.message());
  // To have asked and heard the same is as good as news.
  if (last_status_.ok()) status_.read_at = now;
  return last_status_;
}

absl::Status UrlKeySource::Fetch() {
  absl::StatusOr<std::string> body = fetch_(what_);
  if (!body.ok()) {
    return absl::UnavailableError(absl::StrCat(what_.url, ": ", body.status().message()));
  }
  if (body->size() > kMaxKeySetBytes) {
    return absl::InvalidArgumentError(absl::StrCat(what_.url, ": too long for a JWK Set"));
  }
  // The same keys stay the same set, and what was verified by them verified.
  if (*body == last_body_) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const KeySet>> keys = KeySet::Parse(*body);
  if (!keys.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(what_.url, ": ", keys.status().message()));
  }
  last_body_ = *std::move(body);
  std::lock_guard<std::mutex> lock(mutex_);
  current_ = *std::move(keys);
  return absl::OkStatus();
}

}  // namespace fireworks::access
