#include "tests/simulator/inventory.h"

#include <map>

#include "absl/strings/ascii.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// Generated from upstream.json.
extern const char kUpstreamInventory[];

namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

Kind StringKind(const std::string& format) {
  if (format == "int64" || format == "uint64") return Kind::kInt64Text;
  if (format == "date-time") return Kind::kTimestamp;
  if (format == "duration") return Kind::kDuration;
  return Kind::kString;
}

Kind KindOf(const Json& node) {
  const std::string type = node.value("type", "");
  const std::string format = node.value("format", "");
  if (node.contains("enum")) return Kind::kEnum;
  if (type == "string") return StringKind(format);
  if (type == "boolean") return Kind::kBool;
  if (type == "integer") return format == "int64" ? Kind::kInt64 : Kind::kInt32;
  if (type == "number") return format == "float" ? Kind::kFloat : Kind::kDouble;
  if (type == "array") return Kind::kList;
  if (type == "map") return Kind::kMap;
  if (type == "object") return Kind::kMessage;
  return node.value("form", "") == "object" ? Kind::kJsonObject : Kind::kJsonValue;
}

OperationFacts::Body BodyKind(const std::string& kind) {
  if (kind == "whole") return OperationFacts::Body::kWhole;
  return kind == "field" ? OperationFacts::Body::kField : OperationFacts::Body::kMultipart;
}

}  // namespace

const Field* Type::Find(absl::string_view name) const {
  const std::string camel = LowerCamel(name);
  for (const Field& field : fields) {
    if (field.key == name || field.key == camel) return &field;
  }
  return nullptr;
}

// Makes an inventory of its file.
class Inventory::Reader {
 public:
  Reader(const Json& file, Inventory* inventory)
      : schemas_(file["schemas"]), inventory_(inventory) {
    for (const Json& operation : file["operations"]) {
      if (operation["api"] == "gateway") inventory_->operations_.push_back(Facts(operation));
    }
  }

 private:
  OperationFacts Facts(const Json& operation) {
    OperationFacts facts;
    facts.rpc = operation["rpc"];
    facts.verb = operation["verb"];
    facts.path = operation["template"];
    facts.query = Fields(operation["query"]);
    facts.response = TypeOf(operation["response"]);
    const auto body = operation.find("body");
    if (body == operation.end()) return facts;
    facts.body_kind = BodyKind((*body)["kind"]);
    if (body->contains("schema")) facts.body = Named((*body)["schema"]);
    return facts;
  }

  // A schema may hold itself, so it is known before its fields are.
  const Type* Named(const std::string& schema) {
    const auto known = named_.find(schema);
    if (known != named_.end()) return known->second;
    Type* const type = &inventory_->types_.emplace_back();
    named_[schema] = type;
    type->schema = schema;
    Fill(schemas_.at(schema), type);
    return type;
  }

  const Type* TypeOf(const Json& node) {
    if (node.contains("ref")) return Named(node["ref"]);
    Type* const type = &inventory_->types_.emplace_back();
    Fill(node, type);
    return type;
  }

  void Fill(const Json& node, Type* type) {
    type->kind = KindOf(node);
    type->open = node.value("open", false);
    if (node.contains("fields")) type->fields = Fields(node["fields"]);
    if (node.contains("items")) type->element = TypeOf(node["items"]);
    if (node.contains("values")) type->element = TypeOf(node["values"]);
    if (type->kind == Kind::kEnum) {
      type->values = node["enum"].get<std::vector<std::string>>();
      type->zero = node.value("default", type->values.front());
    }
  }

  std::vector<Field> Fields(const Json& nodes) {
    std::vector<Field> fields;
    for (const Json& node : nodes) {
      fields.push_back({node["key"], TypeOf(node), node.value("required", false),
                        node.value("read_only", false)});
    }
    return fields;
  }

  const Json& schemas_;
  Inventory* const inventory_;
  std::map<std::string, Type*> named_;
};

const Inventory& Inventory::Upstream() {
  static const Inventory* const kInventory = [] {
    auto* const inventory = new Inventory;
    Reader(Json::parse(kUpstreamInventory), inventory);
    return inventory;
  }();
  return *kInventory;
}

std::string LowerCamel(absl::string_view name) {
  std::string camel;
  bool upper = false;
  for (const char letter : name) {
    if (letter == '_') {
      upper = true;
      continue;
    }
    camel += upper ? absl::ascii_toupper(letter) : letter;
    upper = false;
  }
  return camel;
}

}  // namespace fireworks::simulator
