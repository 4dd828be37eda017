// The fields of a message type that carry a mark, at any depth, and the way to
// them in a message.
#ifndef FIREWORKS_SERVICE_CONTRACT_MARKED_FIELDS_H_
#define FIREWORKS_SERVICE_CONTRACT_MARKED_FIELDS_H_

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace fireworks::contract {

// Immutable value; any thread. Borrows the descriptors. The default has none.
class MarkedFields {
 public:
  MarkedFields() = default;

  // Looks through `type` and all types below it.
  static MarkedFields Find(
      const google::protobuf::Descriptor* type,
      absl::FunctionRef<bool(const google::protobuf::FieldDescriptor&)> is_marked);

  // No message of the type can hold a marked field.
  bool empty() const { return fields_.empty(); }

  // The marked fields, each once, in no particular order.
  std::vector<const google::protobuf::FieldDescriptor*> all() const;

  // Calls `visit` with each marked field and the message that holds it, set or
  // not; unset messages are not entered. Stops at the first error. `message`
  // must be of the type that was looked through.
  absl::Status Visit(
      google::protobuf::Message* message,
      absl::FunctionRef<absl::Status(google::protobuf::Message* holder,
                                     const google::protobuf::FieldDescriptor* field)>
          visit) const;

  // Calls `visit` with each field on the way to a marked one and the message that holds
  // it, set or not; unset messages are not entered.
  void VisitWays(google::protobuf::Message* message,
                 absl::FunctionRef<void(google::protobuf::Message* holder,
                                        const google::protobuf::FieldDescriptor* field)>
                     visit) const;

 private:
  // Of one message type on the way to a marked field.
  struct Fields {
    std::vector<const google::protobuf::FieldDescriptor*> marked;
    std::vector<const google::protobuf::FieldDescriptor*> messages;  // that lead to marked ones
  };

  // Only types from which a marked field can be reached.
  absl::flat_hash_map<const google::protobuf::Descriptor*, Fields> fields_;
};

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_MARKED_FIELDS_H_
