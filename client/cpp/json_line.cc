#include "client/cpp/json_line.h"

#include "google/protobuf/util/json_util.h"

namespace fireworks::client {

std::string JsonLine(const google::protobuf::Message& message) {
  std::string line;
  // Fails for google.protobuf.Any of unknown type only; the contract has none.
  const auto status = google::protobuf::util::MessageToJsonString(message, &line);
  GOOGLE_CHECK(status.ok()) << status;
  line += '\n';
  return line;
}

}  // namespace fireworks::client
