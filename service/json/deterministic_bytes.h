// Protobuf's wire format for comparing messages.
#ifndef FIREWORKS_SERVICE_JSON_DETERMINISTIC_BYTES_H_
#define FIREWORKS_SERVICE_JSON_DETERMINISTIC_BYTES_H_

#include <string>

#include "google/protobuf/message.h"

namespace fireworks::json {

// The same for equal messages, in this process: maps are in the order of their keys. Unlike
// MessageDifferencer it takes NaN for equal to NaN.
std::string DeterministicBytes(const google::protobuf::Message& message);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_DETERMINISTIC_BYTES_H_
