// Compares schemas of the inventory with messages: the half of the mirror that
// knows types. mirror.h is the public face.
#ifndef FIREWORKS_PROTOS_INVENTORY_TYPE_MIRROR_H_
#define FIREWORKS_PROTOS_INVENTORY_TYPE_MIRROR_H_

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "google/protobuf/descriptor.h"
#include "protos/inventory/mirror.h"

namespace fireworks::inventory {

// One comparison. Borrows inventory, report and descriptors.
class TypeMirror {
 public:
  TypeMirror(const Json& inventory, Report* report);

  // The keys of `facts` against the fields of `type`, both ways. Fields in
  // `bound` are spoken for elsewhere (the path, the query). `sent`: the message
  // travels to the upstream, so that it matters what is required.
  void CompareKeys(const Json& facts, const google::protobuf::Descriptor& type, bool sent,
                   const std::set<const google::protobuf::FieldDescriptor*>& bound);

  // One key that is no JSON key of a message (a query parameter): presence of the
  // field, type and options. Returns the field, null when missing.
  const google::protobuf::FieldDescriptor* CompareKey(const Json& fact,
                                                      const google::protobuf::Descriptor& type,
                                                      bool sent);

  // The schema of that name against `type`, with all that it reaches.
  void CompareSchema(const std::string& schema, const google::protobuf::Descriptor& type);

  // Whether `type` is what the schema of that name is called in the contract.
  bool IsNamed(const std::string& schema, const google::protobuf::Descriptor& type) const;

  // Schema nodes by name; null when there is none.
  const Json* Find(const std::string& schema) const;

  // Counts `type` as compared.
  void Visit(const google::protobuf::Descriptor& type) { visited_.insert(&type); }
  const std::set<const google::protobuf::Descriptor*>& visited() const { return visited_; }

  void Add(std::string what, std::string proposal = "");

 private:
  void NoteSent(const Json& node);

  // A number for one more field of `type`; never the same twice.
  int FreeNumber(const google::protobuf::Descriptor& type);

  // Why `field` (or one element of it) can't hold `node`; empty if it can. Looks
  // one message deep.
  std::string FieldMismatch(const Json& node, const google::protobuf::FieldDescriptor& field) const;
  std::string ValueMismatch(const Json& node, const google::protobuf::FieldDescriptor& value,
                            bool raw_json) const;
  std::string MessageMismatch(const Json& node, const std::string& schema,
                              const google::protobuf::Descriptor& type) const;

  void CheckOptions(const std::string& where, const Json& fact,
                    const google::protobuf::FieldDescriptor& field, bool sent);

  // What lies behind a field that can hold `node`.
  void Descend(const Json& node, const google::protobuf::FieldDescriptor& field, bool sent);
  void DescendValue(const Json& node, const google::protobuf::FieldDescriptor& value, bool sent);
  void DescendUnion(const Json& node, const google::protobuf::Descriptor& type, bool sent);
  void DescendTaggedUnion(const Json& node, const google::protobuf::Descriptor& type, bool sent);
  void DescendTaggedArm(const Json& node, const std::string& tag, const std::string& schema,
                        const google::protobuf::Descriptor& type, bool sent);

  const Json& inventory_;
  const Json& schemas_;
  Report* const report_;
  std::set<std::string> sent_;  // Schemas that requests reach.
  // Schema, message, and the key that a tagged union covers.
  std::set<std::tuple<std::string, const google::protobuf::Descriptor*, std::string>> compared_;
  std::set<const google::protobuf::Descriptor*> visited_;
  std::map<const google::protobuf::Descriptor*, int> proposed_;  // The last number given away.
  // The key that the enclosing tagged union writes, while its arm is compared.
  std::string covered_key_;
};

}  // namespace fireworks::inventory

#endif  // FIREWORKS_PROTOS_INVENTORY_TYPE_MIRROR_H_
