// What every call uses: the compiled contract and the parts of the process.
#ifndef FIREWORKS_SERVICE_SERVER_ENVIRONMENT_H_
#define FIREWORKS_SERVICE_SERVER_ENVIRONMENT_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"
#include "service/access/admission.h"
#include "service/access/method_traits.h"
#include "service/contract/marked_fields.h"
#include "service/contract/route.h"
#include "service/json/decode.h"
#include "service/json/field_watch.h"
#include "service/json/schema.h"
#include "service/server/trace_fields.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"
#include "service/telemetry/recent_errors.h"
#include "service/telemetry/tracing.h"
#include "service/upstream/client.h"

namespace fireworks::server {

class CallRegistry;
class Gatekeeper;
class KeyKeeper;
class LocalMethod;

// Limits of time of one method's calls.
struct TimeLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_event{300'000};
  std::chrono::milliseconds idle{120'000};
  // Of uploads, which `first_event` can't bound: how long they take is up to the
  // caller. As long as `first_event`, because upstream has as much to do: it checks
  // and stores a file before it answers.
  std::chrono::milliseconds answer{300'000};
  std::chrono::milliseconds whole{0};
};

// What replaces some of them for the methods that a glob describes.
struct MethodLimits {
  std::vector<std::string> methods;  // globs of "package.Service/Method"
  absl::optional<std::chrono::milliseconds> connect;
  absl::optional<std::chrono::milliseconds> first_event;
  absl::optional<std::chrono::milliseconds> idle;
  absl::optional<std::chrono::milliseconds> answer;
  absl::optional<std::chrono::milliseconds> whole;
};

// Limits of calls; defaults as in fireworks.service.v1.Limits.
struct Limits {
  TimeLimits times;  // without `whole`
  std::vector<MethodLimits> methods;
  std::chrono::milliseconds slow_reader_timeout{120'000};
  std::chrono::milliseconds upload_idle_timeout{60'000};
  std::chrono::milliseconds max_wait{10'000};
  std::chrono::milliseconds stream_timeout{3'600'000};
  std::chrono::milliseconds inference_timeout{600'000};
  std::chrono::milliseconds management_timeout{60'000};
  std::size_t max_request_bytes = 64 << 20;
  std::size_t max_response_bytes = 64 << 20;
  std::size_t max_queued_events = 64;
  std::size_t max_queued_bytes = 256 << 10;
  std::size_t max_event_bytes = 8 << 20;
  json::DecodeOptions json;
};

// What names in requests stand for.
struct Names {
  std::string account_id;  // in the place of `accounts/-`; empty: not configured
  absl::flat_hash_map<std::string, std::string> model_aliases;
};

// How calls are traced.
struct CallTracing {
  telemetry::Tracing* tracing = nullptr;
  std::string upstream_address;
  int upstream_port = 0;
  bool send_context = false;  // upstream is told of its part of the trace
};

// Shared by all calls; everything pointed to outlives them and is thread-safe.
struct Environment {
  upstream::Client* client = nullptr;
  Gatekeeper* gatekeeper = nullptr;
  telemetry::Metrics* metrics = nullptr;
  telemetry::Log* log = nullptr;
  telemetry::RecentErrors* recent_errors = nullptr;
  CallRegistry* registry = nullptr;
  access::Admission* admission = nullptr;
  KeyKeeper* keys = nullptr;  // null: the client has the one key
  const CallTracing* tracing = nullptr;  // null: calls are not traced
  // Callers come over TLS, or from this machine: nobody on the way can read what they
  // send.
  bool private_listener = false;
  Limits limits;
  Names names;
};

// One RPC, with all that is looked up by type resolved at start-up.
struct Endpoint {
  const contract::Route* route = nullptr;
  // Answers the RPC in place of the upstream; null for all but local methods.
  const LocalMethod* local = nullptr;
  std::string name;  // "package.Service/Method"
  const google::protobuf::Message* request_prototype = nullptr;
  const google::protobuf::Message* response_prototype = nullptr;
  // The table of the message that becomes the body; null without a body.
  const json::MessageTable* body_table = nullptr;
  const json::MessageTable* response_table = nullptr;
  // The body's key that asks for a stream, of streaming RPCs and of their unary
  // twins; the RPC alone decides its value. Empty: none.
  std::string stream_field;
  // What policies ask of the method.
  access::MethodTraits traits;
  // Request fields that bound the tokens to generate, and that keep prompt caches
  // apart; none where the method has no such thing.
  std::vector<const google::protobuf::FieldDescriptor*> max_tokens;
  const google::protobuf::FieldDescriptor* cache_isolation = nullptr;
  // The response's `extra_json`, and its arm for unknown JSON; null when it has
  // none.
  const google::protobuf::FieldDescriptor* response_extra = nullptr;
  const google::protobuf::FieldDescriptor* response_unknown = nullptr;
  // What of the response is for rules only that speak of secrets.
  contract::MarkedFields answer_secrets;
  telemetry::MethodMetrics* metrics = nullptr;
  telemetry::Metrics::CallKind kind = telemetry::Metrics::CallKind::kUnary;
  // gen_ai.operation.name, of RPCs that ask a model; empty: none.
  std::string operation;
  // Changes something that is managed upstream: each call leaves an audit line.
  bool audited = false;
  TimeLimits times;
  TraceFields trace;
  // Of a stream's messages: those that the service reads have one of these; none: it
  // reads all.
  absl::optional<json::FieldWatch> watched;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_ENVIRONMENT_H_
