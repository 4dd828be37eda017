// Resource names whose account is left to the service: in `accounts/-` and
// `accounts/-/models/m` the dash stands for the account that the service is
// configured with, so that callers need not know it.
#ifndef FIREWORKS_SERVICE_CONTRACT_RESOURCE_NAMES_H_
#define FIREWORKS_SERVICE_CONTRACT_RESOURCE_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/contract/marked_fields.h"

namespace fireworks::contract {

// Puts `account_id` in the place of the dash if `name` leaves its account to
// the service; other names stay as they are. FAILED_PRECONDITION when the
// account is needed and `account_id` is empty (not configured).
absl::Status ResolveAccount(absl::string_view account_id, std::string* name);

// The fields of one message type, at any depth, that carry the option
// resource_reference. Immutable value; any thread. Borrows the descriptors.
class ResourceReferences {
 public:
  // A type without references.
  ResourceReferences() = default;

  // FAILED_PRECONDITION names an annotated field that is no string.
  static absl::StatusOr<ResourceReferences> Compile(const google::protobuf::Descriptor* type);

  // Nothing to resolve in any message of the type.
  bool empty() const { return fields_.empty(); }

  // Resolves the account in every reference of `message`, which must be of the
  // compiled type; unset messages are not entered, and nothing is visited when
  // empty(). FAILED_PRECONDITION as in ResolveAccount; `message` may then be
  // partly resolved.
  absl::Status Resolve(absl::string_view account_id, google::protobuf::Message* message) const;

 private:
  MarkedFields fields_;
};

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_RESOURCE_NAMES_H_
