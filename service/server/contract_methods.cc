#include "service/server/contract_methods.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor_database.h"

namespace fireworks::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::ServiceDescriptor;

void CollectTypes(const Descriptor* type, absl::flat_hash_set<const Descriptor*>* types) {
  if (!types->insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    if (const Descriptor* inner = type->field(i)->message_type()) CollectTypes(inner, types);
  }
}

}  // namespace

std::vector<const ServiceDescriptor*> ContractServices() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, "fireworks/")) continue;
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

const std::vector<std::string>& ReflectionMethods() {
  static const auto& methods = *new std::vector<std::string>{
      "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  return methods;
}

access::MethodTraits ReflectionTraits(const std::string& method) {
  access::MethodTraits traits;
  traits.name = method;
  traits.local = true;
  return traits;
}

std::string MethodName(absl::string_view method) {
  std::string name(absl::StripPrefix(method, "/"));
  if (name.find('/') == std::string::npos && name.find('.') != std::string::npos) {
    name[name.rfind('.')] = '/';
  }
  return name;
}

std::vector<const FieldDescriptor*> FieldsWithRole(const Descriptor* type,
                                                   fireworks::options::v1::RequestRole role) {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->options().GetExtension(fireworks::options::v1::request_role) == role) {
      fields.push_back(field);
    }
  }
  return fields;
}

bool IsInference(const contract::Route& route) {
  return absl::StartsWith(route.method->file()->package(), "fireworks.inference.");
}

absl::string_view GenerativeOperation(const contract::Route& route) {
  if (route.local || route.model.empty() || !IsInference(route)) return "";
  const std::string& service = route.method->service()->name();
  if (service == "CompletionService") return "text_completion";
  if (service == "EmbeddingService") return "embeddings";
  if (service == "RerankService") return "rerank";
  return "chat";
}

contract::MarkedFields SensitiveFields(const Descriptor* type) {
  return contract::MarkedFields::Find(type, [](const FieldDescriptor& field) {
    return field.options().GetExtension(fireworks::options::v1::field).sensitive();
  });
}

ContractMethods::ContractMethods(const contract::RouteTable& routes) {
  for (const contract::Route& route : routes.routes()) {
    if (!route.local) CollectTypes(route.method->input_type(), &requested_);
  }
}

// A read's answer is for a secret if that stands in a message that nobody ever sends: a
// download's signed URLs. In a resource, which callers create and change, it stands
// beside what is no secret, and can be left out.
bool ContractMethods::HandsOutSecrets(const contract::Route& route) const {
  const auto fields = SensitiveFields(route.method->output_type()).all();
  return std::any_of(fields.begin(), fields.end(), [this](const FieldDescriptor* field) {
    return !requested_.contains(field->containing_type());
  });
}

access::MethodTraits ContractMethods::TraitsOf(const contract::Route& route) const {
  access::MethodTraits traits;
  traits.name = route.rpc_path.substr(1);
  traits.local = route.local;
  if (route.local) return traits;
  traits.inference = IsInference(route);
  traits.reads = route.verb == contract::Verb::kGet;
  traits.deletes = route.verb == contract::Verb::kDelete;
  traits.sensitive = traits.reads ? HandsOutSecrets(route)
                                  : !SensitiveFields(route.method->input_type()).empty() ||
                                        !SensitiveFields(route.method->output_type()).empty();
  return traits;
}

}  // namespace fireworks::server
