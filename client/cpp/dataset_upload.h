// Uploads a file to a dataset.
#ifndef FIREWORKS_CLIENT_CPP_DATASET_UPLOAD_H_
#define FIREWORKS_CLIENT_CPP_DATASET_UPLOAD_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/dataset_service_client.h"

namespace fireworks::client {

// After each piece: bytes that gRPC has taken, of how many.
using UploadProgress = std::function<void(std::int64_t sent, std::int64_t total)>;

// Sends the file at `path`, at most 150 MB, to the dataset `name`
// (`accounts/ACCOUNT/datasets/ID`). Its size is announced, so that a torn upload is never
// taken for a whole one. Blocks. INVALID_ARGUMENT: the file can't be read.
absl::StatusOr<fireworks::gateway::v1::FileUploadResponse> UploadDatasetFile(
    const DatasetServiceClient& client, const std::string& name, const std::string& path,
    const UploadProgress& progress = nullptr, const CallOptions& options = {});

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_DATASET_UPLOAD_H_
