// What single facts of the inventory mean as Protobuf: names and types.
#ifndef FIREWORKS_PROTOS_INVENTORY_FACTS_H_
#define FIREWORKS_PROTOS_INVENTORY_FACTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "protos/inventory/mirror.h"

namespace fireworks::inventory {

// "fireworks.gateway.v1.Model.Kind" -> "Model.Kind"; other packages stay whole.
std::string RelativeName(absl::string_view full_name);

// "int32", "Model", "google.protobuf.Timestamp": the type of one value of `field`.
std::string TypeName(const google::protobuf::FieldDescriptor& field);

// The Protobuf type of a scalar fact; empty when there is none.
std::string ScalarType(const Json& node);

// The type that a fact asks for, as far as it goes without its schemas.
std::string ProposedType(const Json& fact);

// fooBar -> foo_bar.
std::string Snake(const std::string& key);

// Whether a fact is free-form JSON.
bool IsJsonText(const Json& node);

// Why `type` does not have the value names `values`; empty if it has.
std::string EnumMismatch(const Json& values, const google::protobuf::EnumDescriptor& type);

}  // namespace fireworks::inventory

#endif  // FIREWORKS_PROTOS_INVENTORY_FACTS_H_
