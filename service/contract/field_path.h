// A dotted path of proto field names, resolved against a message type.
#ifndef FIREWORKS_SERVICE_CONTRACT_FIELD_PATH_H_
#define FIREWORKS_SERVICE_CONTRACT_FIELD_PATH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace fireworks::contract {

// Immutable value; any thread. Borrows the descriptors. An empty path
// (default) leads nowhere: Visit calls nothing.
class FieldPath {
 public:
  FieldPath() = default;

  // Resolves `path`, such as "choices.finish_reason", from `type` on. All but
  // the last field must be messages, singular or repeated but no maps; the last
  // may be anything. NOT_FOUND names the part that does not resolve.
  static absl::StatusOr<FieldPath> Compile(const google::protobuf::Descriptor* type,
                                           absl::string_view path);

  bool empty() const { return fields_.empty(); }
  const std::string& text() const { return text_; }
  const std::vector<const google::protobuf::FieldDescriptor*>& fields() const { return fields_; }
  // The last field. Must not be empty.
  const google::protobuf::FieldDescriptor* leaf() const { return fields_.back(); }
  // Whether there is at most one holder: no field before the leaf is repeated.
  bool single_holder() const;

  // Calls `visit` with each message that holds the leaf field, in order:
  // elements of repeated fields one by one, unset messages not at all.
  void Visit(const google::protobuf::Message& root,
             absl::FunctionRef<void(const google::protobuf::Message& holder)> visit) const;

  // The first holder; null when there is none.
  const google::protobuf::Message* FindHolder(const google::protobuf::Message& root) const;

  // The leaf's value at its first holder: "" or `otherwise` when there is none
  // or it is unset. The leaf must be a singular string (GetString) or integer
  // (GetInt).
  std::string GetString(const google::protobuf::Message& root) const;
  int64_t GetInt(const google::protobuf::Message& root, int64_t otherwise = 0) const;

  // Sets the leaf, a singular string, at its first holder if there is one.
  void SetString(google::protobuf::Message* root, std::string value) const;

 private:
  std::string text_;
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
};

// What GetString and GetInt can read.
bool IsSingularString(const google::protobuf::FieldDescriptor* field);
bool IsSingularInteger(const google::protobuf::FieldDescriptor* field);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_FIELD_PATH_H_
