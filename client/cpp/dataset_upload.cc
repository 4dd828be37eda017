#include "client/cpp/dataset_upload.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace fireworks::client {

using fireworks::gateway::v1::FileUploadResponse;
using fireworks::gateway::v1::UploadDatasetFileRequest;

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

absl::Status Unreadable(const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

}  // namespace

absl::StatusOr<FileUploadResponse> UploadDatasetFile(const DatasetServiceClient& client,
                                                     const std::string& name,
                                                     const std::string& path,
                                                     const UploadProgress& progress,
                                                     const CallOptions& options) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  if (error) return Unreadable(path, error.message());
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path, std::strerror(errno));

  auto upload = client.UploadDatasetFile(options);
  UploadDatasetFileRequest message;
  auto* metadata = message.mutable_metadata();
  metadata->set_name(name);
  metadata->set_filename(std::filesystem::path(path).filename().string());
  metadata->set_size_bytes(size);
  bool taken = upload.Write(message);
  std::int64_t sent = 0;
  while (taken && sent < size) {
    std::string* data = message.mutable_data();
    data->resize(std::min<std::int64_t>(kPieceBytes, size - sent));
    if (!file.read(data->data(), static_cast<std::streamsize>(data->size()))) {
      upload.Cancel();
      return Unreadable(path, "became shorter while it was read");
    }
    taken = upload.Write(message);
    sent += static_cast<std::int64_t>(data->size());
    if (taken && progress) progress(sent, size);
  }
  return upload.Finish();
}

}  // namespace fireworks::client
