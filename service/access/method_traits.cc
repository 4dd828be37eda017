#include "service/access/method_traits.h"

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace fireworks::access {

namespace v1 = fireworks::service::v1;

v1::MethodClass ClassOf(const MethodTraits& method) {
  if (method.local) return v1::METHOD_CLASS_LOCAL;
  if (method.sensitive) return v1::METHOD_CLASS_SECRET;
  // What the inference API keeps can be deleted for good: that is no inference.
  if (method.inference && !method.deletes) return v1::METHOD_CLASS_INFERENCE;
  return method.reads && !method.deletes ? v1::METHOD_CLASS_READ : v1::METHOD_CLASS_WRITE;
}

std::string ClassName(v1::MethodClass method_class) {
  return std::string(
      absl::StripPrefix(v1::MethodClass_Name(method_class), "METHOD_CLASS_"));
}

}  // namespace fireworks::access
