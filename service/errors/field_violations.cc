#include "service/errors/field_violations.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace fireworks::errors {
namespace {

constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
// A request can be wrong in thousands of places; a status must stay small.
constexpr int kMaxViolations = 16;

}  // namespace

void FieldViolations::Add(absl::string_view field, absl::string_view description) {
  if (bad_request_.field_violations_size() == kMaxViolations) return;
  auto* violation = bad_request_.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
}

absl::Status FieldViolations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::string message;
  for (const auto& violation : bad_request_.field_violations()) {
    absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field(), ": ",
                    violation.description());
  }
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kBadRequestUrl, absl::Cord(bad_request_.SerializeAsString()));
  return status;
}

absl::Status FieldViolation(absl::string_view field, absl::string_view description) {
  FieldViolations violations;
  violations.Add(field, description);
  return violations.ToStatus();
}

google::rpc::BadRequest GetFieldViolations(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  if (absl::optional<absl::Cord> payload = status.GetPayload(kBadRequestUrl)) {
    bad_request.ParseFromString(std::string(*payload));
  }
  return bad_request;
}

}  // namespace fireworks::errors
