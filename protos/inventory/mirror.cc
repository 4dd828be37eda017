#include "protos/inventory/mirror.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/api/annotations.pb.h"
#include "protos/inventory/type_mirror.h"

namespace fireworks::inventory {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr char kGateway[] = "fireworks.gateway.v1";
constexpr char kInference[] = "fireworks.inference.v1";

// Package and RPC name.
using Methods = std::map<std::pair<std::string, std::string>, const MethodDescriptor*>;

Methods MethodsOf(const std::vector<const FileDescriptor*>& files) {
  Methods methods;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor* service = file->service(i);
      for (int k = 0; k < service->method_count(); ++k) {
        methods[{file->package(), service->method(k)->name()}] = service->method(k);
      }
    }
  }
  return methods;
}

struct Rule {
  std::string verb;
  std::string path;
  std::string body;
};

Rule RuleOf(const MethodDescriptor& method) {
  const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get(), rule.body()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post(), rule.body()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put(), rule.body()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch(), rule.body()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_(), rule.body()};
    default:
      return {};
  }
}

// Field paths of "/v1/{model.name=accounts/*/models/*}".
std::vector<std::string> Variables(const std::string& path) {
  std::vector<std::string> variables;
  const std::vector<std::string> parts = absl::StrSplit(path, '{');
  for (size_t i = 1; i < parts.size(); ++i) {
    variables.push_back(parts[i].substr(0, parts[i].find_first_of("=}")));
  }
  return variables;
}

// The document's path with the resource name of an upload's metadata.
std::string ExpectedPath(const Json& operation, const std::string& kind) {
  std::string path = operation.at("template");
  if (kind == "multipart") path.replace(path.find("{name="), 1, "{metadata.");
  return path;
}

class OperationMirror {
 public:
  OperationMirror(TypeMirror* types, Report* report) : types_(*types), report_(*report) {}

  // `stream_key`: the key of the body that asks for a stream; empty if none does.
  void Compare(const Json& operation, const std::string& stream_key,
               const MethodDescriptor& method) {
    name_ = method.name();
    stream_key_ = stream_key;
    const Json body = operation.value("body", Json::object());
    const std::string kind = body.value("kind", "");
    CompareRule(operation, body, kind, method);
    if (kind == "multipart") {
      CompareUpload(body, method);
    } else {
      CompareRequest(operation, body, kind, *method.input_type());
    }
    CompareResponse(operation.at("response"), method);
  }

  void CompareStream(const Json& stream, const MethodDescriptor& method) {
    name_ = method.name();
    const auto& mapping = method.options().GetExtension(options::v1::method).stream();
    Check("server streaming", method.server_streaming() ? "yes" : "no", "yes");
    Check("stream_of", mapping.stream_of(), stream.at("of"));
    // The body's key that asks for a stream is the choice of this RPC.
    ++report_.fields;
    Check("stream_field", mapping.stream_field(), stream.at("key"));
    if (mapping.stream_field() == stream["key"]) ++report_.fields_mirrored;
    Name(stream.at("event")["ref"], *method.output_type(), "event");
    types_.CompareSchema(stream["event"]["ref"], *method.output_type());
  }

 private:
  void Check(const char* what, const std::string& is, const std::string& should) {
    if (is == should) return;
    types_.Add(absl::StrCat("wrong ", what, " ", name_, ": is ", is, ", not ", should));
  }

  void Name(const std::string& schema, const Descriptor& type, const char* role) {
    if (types_.IsNamed(schema, type)) return;
    types_.Add(absl::StrCat("wrong ", role, " ", name_, ": is ", type.name(), ", not ", schema));
  }

  void CompareRule(const Json& operation, const Json& body, const std::string& kind,
                   const MethodDescriptor& method) {
    const Rule rule = RuleOf(method);
    Check("verb", rule.verb, operation.at("verb"));
    Check("path", rule.path, ExpectedPath(operation, kind));
    const bool whole = kind == "whole" || kind == "multipart";
    const std::string expected = whole ? "*" : body.value("field", "");
    Check("body", rule.body, expected);
    Check("client streaming", method.client_streaming() ? "yes" : "no",
          kind == "multipart" ? "yes" : "no");
    Check("server streaming", method.server_streaming() ? "yes" : "no", "no");
  }

  void CompareUpload(const Json& body, const MethodDescriptor& method) {
    types_.Visit(*method.input_type());
    const FieldDescriptor* metadata = method.input_type()->FindFieldByName("metadata");
    if (metadata == nullptr) return types_.Add(absl::StrCat("missing metadata ", name_));
    types_.Visit(*metadata->message_type());
    const auto& mapping = method.options().GetExtension(options::v1::method).multipart();
    Check("multipart part", mapping.part(), body.at("parts")[0]);
  }

  void CompareRequest(const Json& operation, const Json& body, const std::string& kind,
                      const Descriptor& request) {
    std::set<const FieldDescriptor*> bound;
    for (const std::string& variable : Variables(operation.at("template"))) {
      const std::string first = variable.substr(0, variable.find('.'));
      const FieldDescriptor* field = request.FindFieldByName(first);
      if (field == nullptr) {
        types_.Add(absl::StrCat("missing path variable ", request.name(), ".", first));
      }
      bound.insert(field);
    }
    for (const Json& parameter : operation.at("query")) {
      const FieldDescriptor* field = types_.CompareKey(parameter, request, true);
      bound.insert(field);
      if (field == nullptr || parameter.value("type", "") != "map") continue;
      if (!field->options().GetExtension(options::v1::field).query_map()) {
        types_.Add(absl::StrCat("lacks query_map ", request.name(), ".", field->name()));
      }
    }
    if (kind == "field") CompareBodyField(operation, body, request, &bound);
    if (kind == "whole") {
      CompareWholeBody(body, request, bound);
    } else {
      types_.CompareKeys(Json::array(), request, true, bound);
    }
  }

  void CompareBodyField(const Json& operation, const Json& body, const Descriptor& request,
                        std::set<const FieldDescriptor*>* bound) {
    const std::string name = body.at("field");
    const FieldDescriptor* field = request.FindFieldByName(name);
    if (field == nullptr || field->message_type() == nullptr) {
      return types_.Add(absl::StrCat("missing body field ", request.name(), ".", name));
    }
    bound->insert(field);
    Name(body.at("schema"), *field->message_type(), "body type");
    types_.CompareSchema(body.at("schema"), *field->message_type());
    if (operation.at("verb") != "PATCH") return;
    const FieldDescriptor* mask = request.FindFieldByName("update_mask");
    if (mask == nullptr) return types_.Add(absl::StrCat("missing update_mask ", request.name()));
    bound->insert(mask);
  }

  // Schemas that exist only to be bodies are the RPC's request message; others
  // are the request by their own name.
  void CompareWholeBody(const Json& body, const Descriptor& request,
                        const std::set<const FieldDescriptor*>& bound) {
    const std::string schema = body.at("schema");
    const Json* node = types_.Find(schema);
    if (node == nullptr) return types_.Add(absl::StrCat("unknown schema ", schema));
    if (schema == absl::StrCat("Gateway", name_, "Body")) {
      Check("request", request.name(), absl::StrCat(name_, "Request"));
    } else {
      Name(schema, request, "request");
    }
    Json facts = Json::array();
    for (const Json& fact : node->at("fields")) {
      if (fact.at("key") != stream_key_) facts.push_back(fact);
    }
    const bool has_stream_key = facts.size() < node->at("fields").size();
    if (!stream_key_.empty() && !has_stream_key) {
      types_.Add(absl::StrCat("missing stream key ", schema, ".", stream_key_));
    }
    types_.CompareKeys(facts, request, true, bound);
  }

  void CompareResponse(const Json& response, const MethodDescriptor& method) {
    const Descriptor& type = *method.output_type();
    const auto& mapping = method.options().GetExtension(options::v1::method);
    const bool empty = !response.contains("ref");
    if (mapping.empty_response() != empty) {
      types_.Add(absl::StrCat(empty ? "lacks" : "has", " empty_response ", name_));
    }
    if (empty) {
      Check("response", type.name(), absl::StrCat(name_, "Response"));
      types_.CompareKeys(response.at("fields"), type, false, {});
      return;
    }
    Name(response["ref"], type, "response");
    types_.CompareSchema(response["ref"], type);
  }

  TypeMirror& types_;
  Report& report_;
  std::string name_;
  std::string stream_key_;
};

std::string PackageOf(const Json& operation) {
  return operation.at("api") == "gateway" ? kGateway : kInference;
}

bool IsLocal(const MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::method).local();
}

void AddInventedMessages(const Descriptor& type, TypeMirror* types) {
  if (type.options().map_entry()) return;
  if (types->visited().count(&type) == 0) {
    types->Add(absl::StrCat("invented message ", type.full_name()));
  }
  for (int i = 0; i < type.nested_type_count(); ++i) {
    AddInventedMessages(*type.nested_type(i), types);
  }
}

void CompareAll(const Json& inventory, const std::vector<const FileDescriptor*>& files,
                Report* report) {
  Methods methods = MethodsOf(files);
  TypeMirror types(inventory, report);
  OperationMirror operations(&types, report);
  std::map<std::string, std::string> stream_keys;
  for (const Json& stream : inventory.at("streams")) {
    stream_keys[stream.at("of")] = stream.at("key");
  }
  for (const Json& operation : inventory.at("operations")) {
    // What the document lacks is compared, but not counted as its operation.
    const int counts = operation.value("undocumented", false) ? 0 : 1;
    report->operations += counts;
    const auto found = methods.find({PackageOf(operation), operation.at("rpc")});
    if (found == methods.end()) {
      types.Add(absl::StrCat("missing operation ", operation["rpc"].get<std::string>()),
                operation["api"] == "gateway" ? "run bootstrap.py with this inventory" : "");
      continue;
    }
    report->operations_mirrored += counts;
    operations.Compare(operation, stream_keys[operation["rpc"]], *found->second);
    methods.erase(found);
  }
  for (const Json& stream : inventory.at("streams")) {
    const auto found = methods.find({kInference, stream.at("rpc")});
    if (found == methods.end()) {
      types.Add(absl::StrCat("missing stream ", stream["rpc"].get<std::string>()));
      continue;
    }
    operations.CompareStream(stream, *found->second);
    methods.erase(found);
  }
  for (const auto& [name, method] : methods) {
    const bool ours = name.first != kGateway && name.first != kInference;
    if (!ours && !IsLocal(*method)) {
      types.Add(absl::StrCat("invented operation ", method->full_name()));
    }
  }
  for (const FileDescriptor* file : files) {
    if (file->package() != kGateway && file->package() != kInference) continue;
    for (int i = 0; i < file->message_type_count(); ++i) {
      AddInventedMessages(*file->message_type(i), &types);
    }
  }
}

}  // namespace

absl::StatusOr<Report> Compare(const Json& inventory,
                               const std::vector<const FileDescriptor*>& files) {
  Report report;
  // The JSON library throws on a missing key or a wrong type; this is the one
  // place where that can happen.
  try {
    CompareAll(inventory, files, &report);
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not an inventory: ", error.what()));
  }
  return report;
}

absl::StatusOr<Verdict> Judge(const Report& report, const Json& deviations) {
  std::map<std::string, bool> used;
  if (!deviations.is_array()) return absl::InvalidArgumentError("deviations: not an array");
  for (const Json& deviation : deviations) {
    if (!deviation.is_object() || !deviation.contains("finding") ||
        !deviation["finding"].is_string() || !deviation.contains("reason") ||
        !deviation["reason"].is_string() || deviation["reason"].get<std::string>().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("deviations: without finding or reason: ", deviation.dump()));
    }
    if (!used.emplace(deviation["finding"], false).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("deviations: twice: ", deviation["finding"].get<std::string>()));
    }
  }
  Verdict verdict;
  for (const Finding& finding : report.findings) {
    const auto deviation = used.find(finding.what);
    if (deviation == used.end()) {
      verdict.unexplained.push_back(finding);
    } else {
      deviation->second = true;
    }
  }
  for (const auto& [finding, matched] : used) {
    if (!matched) verdict.unused.push_back(finding);
  }
  return verdict;
}

std::string Summary(const Report& report) {
  return absl::StrCat(report.operations_mirrored, "/", report.operations, " operations, ",
                      report.fields_mirrored, "/", report.fields, " fields");
}

}  // namespace fireworks::inventory
