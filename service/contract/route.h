// Routes: the contract, compiled.
//
// At start-up each RPC's google.api.http rule and fireworks.options.v1 options
// become one Route. A contract that cannot be compiled (a path variable
// without a field, a map in a query string without `query_map`, a stream whose
// twin is missing) fails with a message that names the method.
//
// Routes are immutable and shared by all threads; they point into descriptors,
// which must outlive them.
#ifndef FIREWORKS_SERVICE_CONTRACT_ROUTE_H_
#define FIREWORKS_SERVICE_CONTRACT_ROUTE_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/field_path.h"
#include "service/contract/path_template.h"
#include "service/contract/query.h"
#include "service/contract/resource_names.h"

namespace fireworks::contract {

enum class Verb { kGet, kPost, kPut, kPatch, kDelete };

// "GET", "POST", …
absl::string_view VerbName(Verb verb);

// What of the request message becomes the HTTP body.
enum class BodyKind {
  kNone,   // nothing
  kWhole,  // `body: "*"`: all fields that the path does not bind; at least {}
  kField,  // `body: "x"`: the message field x
};

// Where messages tell token counts; of the paths that a message sets, the last
// one counts.
struct UsageRules {
  std::vector<FieldPath> prompt_tokens;
  std::vector<FieldPath> completion_tokens;
  std::vector<FieldPath> cached_tokens;
};

// How an event stream becomes messages and how it ends
// (fireworks.options.v1.StreamMapping, resolved). Paths of `event_type`,
// `choice_index`, `finish_reason` start at the response message, those of
// `choice_count` and `prompts` at the request. Where the response is a tagged
// union on the event's type, `event_type` is empty and `event_arms` says which
// event each arm of the oneof `event_union` is.
struct StreamRules {
  std::string stream_field;
  std::string done_marker;
  FieldPath event_type;
  const google::protobuf::OneofDescriptor* event_union = nullptr;
  absl::flat_hash_map<const google::protobuf::FieldDescriptor*, std::string> event_arms;
  std::vector<std::string> final_events;
  std::vector<std::string> failed_events;
  std::vector<std::string> cancelled_events;
  FieldPath choice_index;
  FieldPath finish_reason;
  std::string failed_finish_reason;
  FieldPath choice_count;
  FieldPath prompts;
  std::string error_key;
  std::vector<std::string> error_events;
};

// How a stream of request messages becomes one multipart/form-data body
// (fireworks.options.v1.MultipartMapping, resolved). Paths start at the request.
struct UploadRules {
  std::string part;
  FieldPath data;
  FieldPath file_name;
  FieldPath size;
};

// One RPC as an HTTP call.
struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string rpc_path;  // "/fireworks.inference.v1.ChatCompletionService/StreamChatCompletion"

  // A stream's verb, path, body and query are those of its unary twin.
  Verb verb = Verb::kGet;
  PathTemplate path;
  std::vector<FieldPath> path_variables;  // the string field behind path.variables()[i]
  BodyKind body = BodyKind::kNone;
  // kField: the body's field.
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  // Fields of the body's outermost message (the request, or body_field's) that
  // the path binds; they never enter the body.
  std::vector<const google::protobuf::FieldDescriptor*> path_fields;
  // PATCH by mask: the request's `update_mask`; null elsewhere (also for a
  // PATCH with body "*").
  const google::protobuf::FieldDescriptor* update_mask = nullptr;
  std::vector<QueryParameter> query;  // empty with kWhole

  // Where the request names resources; the server resolves them before it
  // builds the target and encodes the body.
  ResourceReferences references;

  // Set for streams that read Server-Sent Events.
  absl::optional<StreamRules> stream;
  // Set for uploads, whose requests stream.
  absl::optional<UploadRules> upload;
  UsageRules usage;
  // Path of the request field that names the model; empty if none does.
  FieldPath model;
  // A success may come without a body.
  bool empty_response = false;
  // Answered by the service itself; no HTTP rule.
  bool local = false;
};

class RouteTable {
 public:
  RouteTable(RouteTable&&) = default;
  RouteTable& operator=(RouteTable&&) = default;

  // Compiles all methods of `services`. The first one that cannot be compiled
  // fails with FAILED_PRECONDITION, its full name and what to do about it.
  static absl::StatusOr<RouteTable> Compile(
      absl::Span<const google::protobuf::ServiceDescriptor* const> services);

  // The route of "/package.Service/Method"; null when there is none.
  const Route* Find(absl::string_view rpc_path) const;

  // In the order of the services and their methods. Addresses are stable.
  const std::deque<Route>& routes() const { return routes_; }

 private:
  RouteTable() = default;

  std::deque<Route> routes_;
  absl::flat_hash_map<std::string, const Route*> by_path_;
};

// What a request line needs that the request message does not say.
struct TargetContext {
  // The account id that `accounts/-` stands for; empty: not configured.
  absl::string_view account_id;
};

// The request target, path and query, for `request`, such as
// "/v1/accounts/a/models/m?readMask=name". Every variable is checked against
// its template and percent-encoded per segment (PathTemplate::Expand), so that
// no byte of the caller's leaves its segment. A variable whose pattern begins
// with `accounts/*` takes `accounts/-` for the configured account.
//
// It also checks what no encoder of a body sees: that a body field that the
// contract requires is set, and that a PATCH by mask has its mask.
//
// Errors: INVALID_ARGUMENT with field violations; FAILED_PRECONDITION when
// `accounts/-` is used and no account is configured.
absl::StatusOr<std::string> BuildTarget(const Route& route,
                                        const google::protobuf::Message& request,
                                        const TargetContext& context);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_ROUTE_H_
