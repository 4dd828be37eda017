// Messages for machines: one JSON object per line (JSON Lines).
#ifndef FIREWORKS_CLIENT_CPP_JSON_LINE_H_
#define FIREWORKS_CLIENT_CPP_JSON_LINE_H_

#include <string>

#include "google/protobuf/message.h"

namespace fireworks::client {

// `message` in Protobuf's JSON mapping, with the contract's JSON names, on one
// line that ends with a newline. Strings in `message` must be UTF-8, as parsed
// messages' are.
std::string JsonLine(const google::protobuf::Message& message);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_JSON_LINE_H_
