// Values into request messages, by reflection: the caller's side of the contract.
#ifndef FIREWORKS_TESTS_CONFORMANCE_FILL_H_
#define FIREWORKS_TESTS_CONFORMANCE_FILL_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "tests/conformance/inventory.h"
#include "tests/conformance/value.h"

namespace fireworks::conformance {

// Sets in `message` what `value` has, fields that the service ignores too;
// constants that the contract writes by itself stay unset. What has no place
// there is added to `problems`.
void FillMessage(const Inventory& inventory, const Value& value,
                 google::protobuf::Message* message, std::vector<std::string>* problems);

// The same for the one field that `value` is the value of.
void FillField(const Inventory& inventory, const Value& value,
               google::protobuf::Message* message, std::vector<std::string>* problems);

// Sets the string field at the path `a.b` of field names.
void FillPath(const std::string& path, const std::string& text,
              google::protobuf::Message* message, std::vector<std::string>* problems);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_FILL_H_
