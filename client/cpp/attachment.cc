#include "client/cpp/attachment.h"

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cpp/command.h"
#include "client/cpp/text.h"

namespace fireworks::client {

using fireworks::inference::v1::ChatMessageContent;

namespace {

// By the signatures that the WHATWG's MIME Sniffing standard (6.1) lists; empty: no image.
absl::string_view ImageType(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (absl::StartsWith(bytes, "\xff\xd8\xff")) return "image/jpeg";
  if (absl::StartsWith(bytes, "GIF87a") || absl::StartsWith(bytes, "GIF89a")) return "image/gif";
  if (absl::StartsWith(bytes, "RIFF") && bytes.size() > 14 && bytes.substr(8, 6) == "WEBPVP") {
    return "image/webp";
  }
  return absl::StartsWith(bytes, "BM") ? "image/bmp" : "";
}

bool IsUrl(absl::string_view source) {
  return absl::StartsWith(source, "https://") || absl::StartsWith(source, "http://") ||
         absl::StartsWith(source, "data:");
}

}  // namespace

absl::StatusOr<ChatMessageContent> ImagePart(const std::string& source) {
  ChatMessageContent part;
  part.set_type("image_url");
  if (IsUrl(source)) {
    part.mutable_image_url()->set_url(source);
    return part;
  }
  const absl::StatusOr<std::string> bytes = ReadInput(source);
  if (!bytes.ok()) return bytes.status();
  const absl::string_view type = ImageType(*bytes);
  if (type.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, " is no image of a known kind: PNG, JPEG, GIF, WebP, BMP"));
  }
  part.mutable_image_url()->set_url(
      absl::StrCat("data:", type, ";base64,", absl::Base64Escape(*bytes)));
  return part;
}

absl::StatusOr<ChatMessageContent> FilePart(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadInput(path);
  if (!text.ok()) return text.status();
  if (!IsUtf8(*text)) return absl::InvalidArgumentError(absl::StrCat(path, " is not UTF-8 text"));
  ChatMessageContent part;
  part.set_type("text");
  part.set_text(
      absl::StrCat(std::filesystem::path(path).filename().string(), ":\n\n", *text));
  return part;
}

}  // namespace fireworks::client
