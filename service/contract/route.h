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

// A field that travels in the query string.
struct QueryParameter {
  const google::protobuf::FieldDescriptor* field;
  std::string key;  // JSON name
};

// Where messages tell token counts; an empty path where they do not.
struct UsageRules {
  FieldPath prompt_tokens;
  FieldPath completion_tokens;
  FieldPath cached_tokens;
};

// How an event stream becomes messages and how it ends
// (fireworks.options.v1.StreamMapping, resolved). Paths of `event_type`,
// `choice_index`, `finish_reason` start at the response message, those of
// `choice_count` and `prompts` at the request.
struct StreamRules {
  std::string stream_field;
  std::string done_marker;
  FieldPath event_type;
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

// One RPC as an HTTP call.
struct Route {
  const google::protobuf::MethodDescriptor* method;
  std::string rpc_path;  // "/fireworks.inference.v1.ChatCompletionService/StreamChatCompletion"

  Verb verb;
  PathTemplate path;
  BodyKind body = BodyKind::kNone;
  // kField: the body's field.
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  // kWhole: top-level fields that the path binds, which never enter the body.
  std::vector<const google::protobuf::FieldDescriptor*> path_fields;
  // PATCH by mask: the request's `update_mask`; null elsewhere (also for a
  // PATCH with body "*").
  const google::protobuf::FieldDescriptor* update_mask = nullptr;
  std::vector<QueryParameter> query;

  // Set for streams that read Server-Sent Events.
  absl::optional<StreamRules> stream;
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
  // Compiles all methods of `services`.
  static absl::StatusOr<RouteTable> Compile(
      absl::Span<const google::protobuf::ServiceDescriptor* const> services);

  // The route of "/package.Service/Method"; null when there is none.
  const Route* Find(absl::string_view rpc_path) const;

  // In the order of the services and their methods. Addresses are stable.
  const std::deque<Route>& routes() const { return routes_; }

 private:
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
// its template and percent-encoded per segment, so that no byte of the caller's
// leaves its segment: a segment that is empty, `.` or `..`, or holds a control
// byte, `:`, `?`, `#` or `%` is refused.
//
// Errors: INVALID_ARGUMENT with field violations; FAILED_PRECONDITION when
// `accounts/-` is used and no account is configured.
absl::StatusOr<std::string> BuildTarget(const Route& route,
                                        const google::protobuf::Message& request,
                                        const TargetContext& context);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_ROUTE_H_
