// The methods of the contract as policies know them.
#ifndef FIREWORKS_SERVICE_SERVER_CONTRACT_METHODS_H_
#define FIREWORKS_SERVICE_SERVER_CONTRACT_METHODS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "fireworks/options/v1/request_role.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/access/method_traits.h"
#include "service/contract/marked_fields.h"
#include "service/contract/route.h"

namespace fireworks::server {

// The services of the contract: all that the linked-in files below `fireworks/`
// define, in the order of their file names.
std::vector<const google::protobuf::ServiceDescriptor*> ContractServices();

// `method` as "package.Service/Method": a leading slash, and a dot in place of the slash,
// are understood too.
std::string MethodName(absl::string_view method);

// The methods of grpc.reflection, as policies name them: no part of the contract, but
// asked for like one of its own methods.
const std::vector<std::string>& ReflectionMethods();
// What a policy asks of one of them.
access::MethodTraits ReflectionTraits(const std::string& method);

// The fields of `type`, not of those below it, that have `role`, in the order of their
// declaration.
std::vector<const google::protobuf::FieldDescriptor*> FieldsWithRole(
    const google::protobuf::Descriptor* type, fireworks::options::v1::RequestRole role);

// A method of the inference API.
bool IsInference(const contract::Route& route);

// What an RPC asks of a model, as OpenTelemetry's conventions name it
// (gen_ai.operation.name); empty for one that asks no model.
absl::string_view GenerativeOperation(const contract::Route& route);

// The fields of a message type, at any depth, that the contract marks as sensitive.
contract::MarkedFields SensitiveFields(const google::protobuf::Descriptor* type);

// Tells for each route what policies ask of a method. Immutable; any thread. Borrows
// descriptors.
class ContractMethods {
 public:
  // `routes` are all of the contract.
  explicit ContractMethods(const contract::RouteTable& routes);

  // Of one of the routes.
  access::MethodTraits TraitsOf(const contract::Route& route) const;

 private:
  bool HandsOutSecrets(const contract::Route& route) const;

  // Every message type that is part of some request.
  absl::flat_hash_set<const google::protobuf::Descriptor*> requested_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CONTRACT_METHODS_H_
