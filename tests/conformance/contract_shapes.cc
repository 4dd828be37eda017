#include "tests/conformance/contract_shapes.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor_database.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::FieldMapping;

const FieldMapping& MappingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field);
}

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The one field of a message that stands for a bare list or map; null if `field`
// is no such message.
const FieldDescriptor* Unwrapped(const FieldDescriptor& field) {
  if (!IsMessage(field) || field.message_type()->field_count() != 1) return nullptr;
  return field.message_type()->field(0);
}

bool CanHoldScalar(const Json& node, const FieldDescriptor& field) {
  const std::string type = node.at("type");
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return type == "string" && !MappingOf(field).raw_json();
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return type == "integer";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return type == "number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return type == "boolean";
    default:
      return false;
  }
}

// Whether one value of `field` can be what `fact` says.
bool CanHold(const Inventory& inventory, const Json& fact, const FieldDescriptor& field) {
  const Json& node = inventory.Resolve(fact);
  switch (KindOf(node)) {
    case Value::Kind::kRaw:
      return MappingOf(field).raw_json();
    case Value::Kind::kObject:
      return IsMessage(field) && inventory.IsNamed(fact.value("ref", ""), *field.message_type());
    case Value::Kind::kUnion:
      return IsMessage(field) && field.message_type()->FindOneofByName("kind") != nullptr;
    case Value::Kind::kList: {
      const FieldDescriptor* list = Unwrapped(field);
      return list != nullptr && list->is_repeated() && !list->is_map() &&
             CanHold(inventory, node.at("items"), *list);
    }
    case Value::Kind::kMap: {
      const FieldDescriptor* map = Unwrapped(field);
      return map != nullptr && map->is_map();
    }
    case Value::Kind::kScalar:
    case Value::Kind::kNull:
      break;
  }
  return CanHoldScalar(node, field);
}

}  // namespace

std::vector<const MethodDescriptor*> UpstreamMethods() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const MethodDescriptor*> methods;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, "fireworks/")) continue;
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int k = 0; k < file->service(i)->method_count(); ++k) {
        const MethodDescriptor* method = file->service(i)->method(k);
        if (!method->options().GetExtension(options::v1::method).local()) {
          methods.push_back(method);
        }
      }
    }
  }
  return methods;
}

const MethodDescriptor* FindMethod(const std::string& api, const std::string& rpc) {
  static const auto* const methods =
      new std::vector<const MethodDescriptor*>(UpstreamMethods());
  const std::string package = absl::StrCat("fireworks.", api, ".v1");
  for (const MethodDescriptor* method : *methods) {
    if (method->file()->package() == package && method->name() == rpc) return method;
  }
  return nullptr;
}

const FieldDescriptor* FieldOfKey(const Descriptor& type, const std::string& key) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->json_name() == key && !MappingOf(*field).extra()) return field;
  }
  return nullptr;
}

const FieldDescriptor* ExtraField(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (MappingOf(*type.field(i)).extra()) return type.field(i);
  }
  return nullptr;
}

const FieldDescriptor* ArmOf(const Inventory& inventory, const Value& value,
                             const Descriptor& type) {
  std::set<const FieldDescriptor*> taken;
  const FieldDescriptor* arm = nullptr;
  // Arms of one form, such as two numbers, pair off in their order.
  for (std::size_t i = 0; i <= value.arm; ++i) {
    arm = nullptr;
    for (int k = 0; k < type.field_count() && arm == nullptr; ++k) {
      const FieldDescriptor* field = type.field(k);
      if (MappingOf(*field).unknown_variant() || taken.count(field) > 0) continue;
      if (CanHold(inventory, value.node->at("arms").at(i), *field)) arm = field;
    }
    taken.insert(arm);
  }
  return arm;
}

}  // namespace fireworks::conformance
