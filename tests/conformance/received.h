// Whether a caller received what the upstream answered: every leaf, in the
// message where it stood.
#ifndef FIREWORKS_TESTS_CONFORMANCE_RECEIVED_H_
#define FIREWORKS_TESTS_CONFORMANCE_RECEIVED_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "tests/conformance/inventory.h"
#include "tests/conformance/value.h"

namespace fireworks::conformance {

// What of `answer` is missing or different in `message`, or is there without
// having been answered; empty when nothing is. What the facts know must be in its
// typed field, the rest verbatim in `extra_json`.
std::vector<std::string> NotReceived(const Inventory& inventory, const Value& answer,
                                     const google::protobuf::Message& message);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_RECEIVED_H_
