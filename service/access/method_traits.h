// What policy needs to know of a method: facts that the server reads out of the
// contract, so that no list of methods is kept by hand.
#ifndef FIREWORKS_SERVICE_ACCESS_METHOD_TRAITS_H_
#define FIREWORKS_SERVICE_ACCESS_METHOD_TRAITS_H_

#include <string>

#include "fireworks/service/v1/policy.pb.h"

namespace fireworks::access {

struct MethodTraits {
  // "package.Service/Method".
  std::string name;
  // Its request is a message of the inference API.
  bool inference = false;
  // It changes nothing upstream: its verb is GET, or it is a query that only travels
  // as a POST.
  bool reads = false;
  // Its verb is DELETE.
  bool deletes = false;
  // Of what only reads: its answer is for something that the contract marks as
  // `sensitive`. Of anything else: its request or response can hold, at any depth, such
  // a field.
  bool sensitive = false;
  // It is answered by the service itself.
  bool local = false;
};

// Each method is of one class. What is doubtful is of the one that policies are most
// careful with.
fireworks::service::v1::MethodClass ClassOf(const MethodTraits& method);

// Such as "INFERENCE".
std::string ClassName(fireworks::service::v1::MethodClass method_class);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_METHOD_TRAITS_H_
