// Whether a message holds all that a JSON document says: the promise that
// nothing is lost, checked without the service's own JSON code.
//
// The checker walks the document and looks up each value in the message: a field
// by its json_name, else the text in `extra_json`. It knows of the contract's
// options only which messages are unions or bare lists, and which strings are
// JSON. Functions without state.
#ifndef FIREWORKS_TESTS_E2E_JSON_IN_MESSAGE_H_
#define FIREWORKS_TESTS_E2E_JSON_IN_MESSAGE_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace fireworks::e2e {

// The paths of values that `message` does not hold, such as "choices[0].index".
// null, an empty array and an empty map count as nothing; the spelling of
// numbers is free.
std::vector<std::string> LostFrom(const nlohmann::json& json,
                                  const google::protobuf::Message& message);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_JSON_IN_MESSAGE_H_
