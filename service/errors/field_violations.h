// Errors that name the request fields at fault, as every folder reports them:
// an INVALID_ARGUMENT absl::Status that carries a google.rpc.BadRequest.
#ifndef FIREWORKS_SERVICE_ERRORS_FIELD_VIOLATIONS_H_
#define FIREWORKS_SERVICE_ERRORS_FIELD_VIOLATIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"

namespace fireworks::errors {

// Collects violations of one request.
class FieldViolations {
 public:
  // `field` is a dotted path of proto field names with indexes, such as
  // `messages[2].content`; `description` says what is wrong and what is right.
  void Add(absl::string_view field, absl::string_view description);

  bool empty() const { return bad_request_.field_violations_size() == 0; }

  // OK when empty; else INVALID_ARGUMENT whose message sums up the violations.
  absl::Status ToStatus() const;

 private:
  google::rpc::BadRequest bad_request_;
};

// A status with one violation.
absl::Status FieldViolation(absl::string_view field, absl::string_view description);

// The violations that `status` carries; empty when it carries none.
google::rpc::BadRequest GetFieldViolations(const absl::Status& status);

}  // namespace fireworks::errors

#endif  // FIREWORKS_SERVICE_ERRORS_FIELD_VIOLATIONS_H_
