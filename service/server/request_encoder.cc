#include "service/server/request_encoder.h"

#include <utility>
#include <vector>

#include "google/protobuf/field_mask.pb.h"
#include "service/contract/resource_names.h"
#include "service/json/encode.h"

namespace fireworks::server {
namespace {

using contract::BodyKind;
using contract::Route;
using google::protobuf::FieldMask;
using google::protobuf::Message;

using Members = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kLargeBody = 64 << 10;

// The members that the service adds to the body.
Members AddedMembers(const Endpoint& endpoint) {
  Members members;
  if (!endpoint.stream_field.empty()) {
    members.emplace_back(endpoint.stream_field, endpoint.route->stream ? "true" : "false");
  }
  return members;
}

absl::Status EncodeBody(const Endpoint& endpoint, const Message& request, std::string* body) {
  const Route& route = *endpoint.route;
  const Members members = AddedMembers(endpoint);
  // Grown by doubling, a large body would be held almost twice while it grows.
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes > kLargeBody) body->reserve(bytes + bytes / 16);
  json::EncodeOptions options;
  options.skip = route.path_fields;
  options.members = members;
  if (route.body == BodyKind::kWhole) {
    return json::Encode(*endpoint.body_table, request, options, body);
  }
  FieldMask mask;
  if (route.update_mask != nullptr) {
    mask.CopyFrom(request.GetReflection()->GetMessage(request, route.update_mask));
    options.mask = &mask;
  }
  options.path_prefix = route.body_field->name();
  // An unset body field is sent as an empty object.
  return json::Encode(*endpoint.body_table,
                      request.GetReflection()->GetMessage(request, route.body_field), options,
                      body);
}

void ResolveAlias(const Route& route, const Names& names, Message* request) {
  if (route.model.empty() || names.model_aliases.empty()) return;
  const auto alias = names.model_aliases.find(route.model.GetString(*request));
  if (alias != names.model_aliases.end()) route.model.SetString(request, alias->second);
}

}  // namespace

absl::StatusOr<upstream::Request> EncodeRequest(const Endpoint& endpoint, const Names& names,
                                                Message* request) {
  const Route& route = *endpoint.route;
  ResolveAlias(route, names, request);
  if (absl::Status status = route.references.Resolve(names.account_id, request); !status.ok()) {
    return status;
  }
  absl::StatusOr<std::string> target =
      contract::BuildTarget(route, *request, {names.account_id});
  if (!target.ok()) return target.status();

  upstream::Request encoded;
  encoded.method = std::string(contract::VerbName(route.verb));
  encoded.target = *std::move(target);
  encoded.wants_events = route.stream.has_value();
  encoded.headers.push_back(
      {"accept", encoded.wants_events ? "text/event-stream" : "application/json"});
  // The body of an upload follows message by message.
  if (route.body != BodyKind::kNone && !route.upload) {
    if (absl::Status status = EncodeBody(endpoint, *request, &encoded.body); !status.ok()) {
      return status;
    }
    encoded.has_body = true;
    encoded.headers.push_back({"content-type", "application/json"});
  }
  return encoded;
}

}  // namespace fireworks::server
