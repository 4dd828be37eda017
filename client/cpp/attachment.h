// Files and images that go along with a chat prompt, as parts of its message.
#ifndef FIREWORKS_CLIENT_CPP_ATTACHMENT_H_
#define FIREWORKS_CLIENT_CPP_ATTACHMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "fireworks/inference/v1/chat_message.pb.h"

namespace fireworks::client {

// An image: a URL (`http:`, `https:`, `data:`) as it is, else a file (PNG, JPEG, GIF, WebP
// or BMP, by its first bytes) inside a `data:` URL. INVALID_ARGUMENT: it can't be read, or is
// no image.
absl::StatusOr<fireworks::inference::v1::ChatMessageContent> ImagePart(const std::string& source);

// A file's text below its name. INVALID_ARGUMENT: it can't be read, or is not UTF-8.
absl::StatusOr<fireworks::inference::v1::ChatMessageContent> FilePart(const std::string& path);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_ATTACHMENT_H_
