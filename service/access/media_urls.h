// What a request names for the upstream to fetch, and whether a policy lets it.
#ifndef FIREWORKS_SERVICE_ACCESS_MEDIA_URLS_H_
#define FIREWORKS_SERVICE_ACCESS_MEDIA_URLS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fireworks::access {

// As fireworks.service.v1.MediaUrls.
enum class MediaUrls { kAny, kHttpsOnly, kDataOnly };

// Whether `url` is of a kind that `allowed` lets through. What is not clearly so is
// not: a scheme must stand at the very beginning, as the ones that fetch might skip
// blanks and complete what has none.
bool AllowsUrl(MediaUrls allowed, absl::string_view url);

// Whether the member `key` of a JSON object holds a URL to fetch, in any case of
// letters. Fields of the contract that are marked as media URLs have such keys.
bool IsUrlKey(absl::string_view key);

// Looks through the JSON text of a whole request as it will be sent, so that nothing
// of it is overlooked, however the caller has put it there: typed fields, raw JSON,
// `extra_json`, repeated keys. What tools are given and give (schemas, arguments) is
// passed over, since nobody fetches what stands there.
//
// PERMISSION_DENIED names the first member that is not allowed, without its value;
// INVALID_ARGUMENT is for a text that cannot be read.
absl::Status CheckMediaUrls(MediaUrls allowed, absl::string_view body);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_MEDIA_URLS_H_
