// Where the contract keeps what the upstream's facts name: RPCs, fields, arms of
// unions. All of it by the naming conventions and the shapes of
// fireworks.options.v1, read here anew and not from the service's tables.
#ifndef FIREWORKS_TESTS_CONFORMANCE_CONTRACT_SHAPES_H_
#define FIREWORKS_TESTS_CONFORMANCE_CONTRACT_SHAPES_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "tests/conformance/inventory.h"
#include "tests/conformance/value.h"

namespace fireworks::conformance {

// The RPCs of the linked-in contract that reach the upstream.
std::vector<const google::protobuf::MethodDescriptor*> UpstreamMethods();

// Of the API "gateway" or "inference"; null when the contract has no such RPC.
const google::protobuf::MethodDescriptor* FindMethod(const std::string& api,
                                                     const std::string& rpc);

// The field with that JSON key; null when there is none.
const google::protobuf::FieldDescriptor* FieldOfKey(const google::protobuf::Descriptor& type,
                                                    const std::string& key);

// The `extra_json` of `type`; null when it has none.
const google::protobuf::FieldDescriptor* ExtraField(const google::protobuf::Descriptor& type);

// The oneof member that holds the arm which `value`, a union, has; null when
// there is none.
const google::protobuf::FieldDescriptor* ArmOf(const Inventory& inventory, const Value& value,
                                               const google::protobuf::Descriptor& type);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_CONTRACT_SHAPES_H_
