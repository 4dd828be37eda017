// One method descriptor to one Route. Used by RouteTable::Compile.
#ifndef FIREWORKS_SERVICE_CONTRACT_ROUTE_COMPILER_H_
#define FIREWORKS_SERVICE_CONTRACT_ROUTE_COMPILER_H_

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/route.h"

namespace fireworks::contract {

// FAILED_PRECONDITION names the method and says what to do.
absl::StatusOr<Route> CompileRoute(const google::protobuf::MethodDescriptor* method);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_ROUTE_COMPILER_H_
