#include "service/upstream/base_url.h"

#include <curl/curl.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace fireworks::upstream {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// The part as libcurl understands it; empty when there is none.
std::string Part(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string result(text);
  curl_free(text);
  return result;
}

absl::Status Invalid(const std::string& text, absl::string_view why) {
  // A user part may hold a password, and then the text is no fit for a log.
  return absl::InvalidArgumentError(
      absl::StrCat("base URL", absl::StrContains(text, '@') ? "" : absl::StrCat(" '", text, "'"),
                   ": ", why));
}

bool HasDotSegment(absl::string_view path) {
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> NormalizeBaseUrl(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS);
  if (parsed != CURLUE_OK) return Invalid(text, curl_url_strerror(parsed));
  const std::string scheme = Part(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return Invalid(text, "must be http or https");
  if (!Part(url, CURLUPART_USER).empty() || !Part(url, CURLUPART_PASSWORD).empty()) {
    return Invalid(text, "must name no user");
  }
  if (absl::StrContains(text, '?')) return Invalid(text, "must hold no query");
  if (absl::StrContains(text, '#')) return Invalid(text, "must hold no fragment");
  std::string path = Part(url, CURLUPART_PATH);
  if (HasDotSegment(path)) return Invalid(text, "must hold no dot segments");
  while (absl::EndsWith(path, "/")) path.pop_back();
  const std::string port = Part(url, CURLUPART_PORT);
  return absl::StrCat(scheme, "://", Part(url, CURLUPART_HOST), port.empty() ? "" : ":", port,
                      path);
}

}  // namespace fireworks::upstream
