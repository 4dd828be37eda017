#include "service/contract/route.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/contract/route_compiler.h"

namespace fireworks::contract {

absl::string_view VerbName(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return "GET";
    case Verb::kPost:
      return "POST";
    case Verb::kPut:
      return "PUT";
    case Verb::kPatch:
      return "PATCH";
    case Verb::kDelete:
      return "DELETE";
  }
  return "";
}

absl::StatusOr<RouteTable> RouteTable::Compile(
    absl::Span<const google::protobuf::ServiceDescriptor* const> services) {
  RouteTable table;
  for (const google::protobuf::ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      absl::StatusOr<Route> route = CompileRoute(service->method(i));
      if (!route.ok()) return route.status();
      const Route& kept = table.routes_.emplace_back(*std::move(route));
      if (!table.by_path_.emplace(kept.rpc_path, &kept).second) {
        return absl::FailedPreconditionError(
            absl::StrCat(kept.method->full_name(), ": its service is listed twice"));
      }
    }
  }
  return table;
}

const Route* RouteTable::Find(absl::string_view rpc_path) const {
  const auto found = by_path_.find(rpc_path);
  return found == by_path_.end() ? nullptr : found->second;
}

}  // namespace fireworks::contract
