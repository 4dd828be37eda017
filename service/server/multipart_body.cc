#include "service/server/multipart_body.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/errors/field_violations.h"

namespace fireworks::server {
namespace {

using contract::FieldPath;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The name that the part gets when the caller gives none.
constexpr char kDefaultFileName[] = "file";

// The message that holds the leaf of `path` inside `root`, if the leaf is set.
const Message* HolderOf(const FieldPath& path, const Message& root) {
  if (path.empty()) return nullptr;
  const Message* found = nullptr;
  path.Visit(root, [&](const Message& holder) {
    if (holder.GetReflection()->HasField(holder, path.leaf())) found = &holder;
  });
  return found;
}

// RFC 7578 §4.2, and what browsers do with quotes. A backslash begins a quoted pair (RFC
// 9110 §5.6.4): as it is, one at the end would take the closing quote for the name's.
std::string QuotedFileName(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"\"", "%22"}, {"\\", "\\\\"}});
}

bool HasControlByte(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// Chance makes it differ from the bytes inside: 2^-128 that it does not.
std::string MakeBoundary() {
  thread_local absl::BitGen random;
  return absl::StrCat("fireworks-grpc-",
                      absl::Hex(absl::Uniform<std::uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<std::uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

absl::StatusOr<MultipartBody> MultipartBody::Create(const contract::UploadRules& rules,
                                                    const Message& first) {
  if (HolderOf(rules.data, first) != nullptr) {
    return errors::FieldViolation(rules.data.text(),
                                  "must not be in the first message: that one says where to");
  }
  MultipartBody body(rules, MakeBoundary());
  std::string file_name = kDefaultFileName;
  if (HolderOf(rules.file_name, first) != nullptr) file_name = rules.file_name.GetString(first);
  if (HasControlByte(file_name)) {
    return errors::FieldViolation(rules.file_name.text(), "must not hold control characters");
  }
  if (HolderOf(rules.size, first) != nullptr) {
    const std::int64_t size = rules.size.GetInt(first);
    if (size < 0) return errors::FieldViolation(rules.size.text(), "must not be negative");
    body.announced_ = static_cast<std::uint64_t>(size);
  }
  body.preamble_ = absl::StrCat("--", body.boundary_,
                                "\r\ncontent-disposition: form-data; name=\"", rules.part,
                                "\"; filename=\"", QuotedFileName(file_name),
                                "\"\r\ncontent-type: application/octet-stream\r\n\r\n");
  body.epilogue_ = absl::StrCat("\r\n--", body.boundary_, "--\r\n");
  return body;
}

std::string MultipartBody::content_type() const {
  return absl::StrCat("multipart/form-data; boundary=", boundary_);
}

std::optional<std::uint64_t> MultipartBody::size() const {
  if (!announced_) return std::nullopt;
  return preamble_.size() + *announced_ + epilogue_.size();
}

absl::StatusOr<std::string> MultipartBody::TakePiece(const Message& message) {
  const FieldDescriptor* data = rules_->data.leaf();
  std::string piece;
  bool carries = false;
  rules_->data.Visit(message, [&](const Message& holder) {
    if (!holder.GetReflection()->HasField(holder, data)) return;
    carries = true;
    piece = holder.GetReflection()->GetString(holder, data);
  });
  if (!carries) {
    return errors::FieldViolation(rules_->data.text(),
                                  "is missing: every message but the first carries bytes");
  }
  taken_ += piece.size();
  if (announced_ && taken_ > *announced_) {
    return errors::FieldViolation(
        rules_->data.text(),
        absl::StrCat("holds more than the ", *announced_, " bytes that were announced"));
  }
  return piece;
}

absl::Status MultipartBody::CheckComplete() const {
  if (!announced_ || taken_ == *announced_) return absl::OkStatus();
  return errors::FieldViolation(
      rules_->size.text(),
      absl::StrCat("announced ", *announced_, " bytes, but ", taken_, " came"));
}

}  // namespace fireworks::server
