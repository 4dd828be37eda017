// A FieldMask as a tree.
#ifndef FIREWORKS_SERVICE_JSON_MASK_H_
#define FIREWORKS_SERVICE_JSON_MASK_H_

#include <map>
#include <string>

#include "google/protobuf/field_mask.pb.h"
#include "service/errors/field_violations.h"

namespace fireworks::json {

struct MaskNode {
  // A path ends here: all that is below is meant too.
  bool whole = false;
  // By field name. Ordered, so that equal masks give equal bodies.
  std::map<std::string, MaskNode> children;
};

// The tree of `mask`; `*` makes the root whole. No path at all, and empty parts
// of paths, are violations.
MaskNode ParseMask(const google::protobuf::FieldMask& mask, errors::FieldViolations* violations);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_MASK_H_
