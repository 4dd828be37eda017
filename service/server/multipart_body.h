// An upload's messages as a multipart/form-data body (RFC 7578) of one part, made
// piece by piece: nothing is held but the piece at hand.
#ifndef FIREWORKS_SERVICE_SERVER_MULTIPART_BODY_H_
#define FIREWORKS_SERVICE_SERVER_MULTIPART_BODY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "service/contract/route.h"

namespace fireworks::server {

// Thread-compatible.
class MultipartBody {
 public:
  // `rules` must outlive the body; `first` is the upload's first message.
  // INVALID_ARGUMENT when it carries data, a file name with control bytes or a
  // negative size.
  static absl::StatusOr<MultipartBody> Create(const contract::UploadRules& rules,
                                              const google::protobuf::Message& first);

  std::string content_type() const;

  // What comes before the bytes, and behind them.
  const std::string& preamble() const { return preamble_; }
  const std::string& epilogue() const { return epilogue_; }

  // Bytes of the whole body; nullopt when the caller did not tell the file's
  // size.
  std::optional<std::uint64_t> size() const;

  // The bytes of a further message. INVALID_ARGUMENT when the
  // message carries none, or more than the caller announced.
  absl::StatusOr<std::string> TakePiece(const google::protobuf::Message& message);

  // To be asked at the end of the messages: INVALID_ARGUMENT when fewer bytes came
  // than announced.
  absl::Status CheckComplete() const;

 private:
  MultipartBody(const contract::UploadRules& rules, std::string boundary)
      : rules_(&rules), boundary_(std::move(boundary)) {}

  const contract::UploadRules* rules_;
  std::string boundary_;
  std::string preamble_;
  std::string epilogue_;
  std::optional<std::uint64_t> announced_;
  std::uint64_t taken_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_MULTIPART_BODY_H_
