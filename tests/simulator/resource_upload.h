// The file in a multipart/form-data body (RFC 7578).
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_UPLOAD_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_UPLOAD_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

struct UploadedFile {
  std::string filename;
  std::size_t bytes = 0;
};

// The part called "file". INVALID_ARGUMENT says what the request lacks.
absl::StatusOr<UploadedFile> FindUploadedFile(const HttpRequest& request);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_UPLOAD_H_
