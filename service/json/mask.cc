#include "service/json/mask.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace fireworks::json {

MaskNode ParseMask(const google::protobuf::FieldMask& mask, errors::FieldViolations* violations) {
  MaskNode root;
  if (mask.paths().empty()) {
    violations->Add("update_mask", "is required: name the fields to change, or `*` for all");
  }
  for (const std::string& path : mask.paths()) {
    if (path == "*") {
      root.whole = true;
      continue;
    }
    MaskNode* node = &root;
    for (const absl::string_view part : absl::StrSplit(path, '.')) {
      if (part.empty()) {
        violations->Add("update_mask", absl::StrCat("`", path, "` is no field path"));
        break;
      }
      node = &node->children[std::string(part)];
    }
    if (node != &root) node->whole = true;
  }
  return root;
}

}  // namespace fireworks::json
