#include "client/cpp/connection.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace fireworks::client {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// A proxy would look for the service on its own loopback.
bool IsLoopback(absl::string_view target) {
  absl::ConsumePrefix(&target, "dns:");
  absl::ConsumePrefix(&target, "ipv4:");
  absl::ConsumePrefix(&target, "ipv6:");
  absl::ConsumePrefix(&target, "///");
  return absl::StartsWith(target, "127.") || absl::StartsWith(target, "[::1]") ||
         target == "localhost" || absl::StartsWith(target, "localhost:");
}

bool IsKeyCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const ConnectionOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_receive_bytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  // gRPC stops probing after two pings without data; a silent stream needs more.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // In spite of its name also the limit on one attempt to connect.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Milliseconds(options.connect_timeout));
  if (IsLoopback(options.target)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.user_agent.empty()) arguments.SetUserAgentPrefix(options.user_agent);
  return grpc::CreateCustomChannel(
      options.target,
      options.credentials != nullptr ? options.credentials : grpc::InsecureChannelCredentials(),
      arguments);
}

bool NeverConnected(const grpc::Status& status, grpc::Channel& channel) {
  // The service attaches details to its errors.
  if (!status.error_details().empty()) return false;
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
      status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
    return false;
  }
  const grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/false);
  return state == GRPC_CHANNEL_CONNECTING || state == GRPC_CHANNEL_TRANSIENT_FAILURE;
}

void ApplyTo(const CallOptions& options, grpc::ClientContext* context) {
  if (options.timeout) context->set_deadline(absl::ToChronoTime(absl::Now() + *options.timeout));
  for (const auto& [key, value] : options.metadata) context->AddMetadata(key, value);
}

absl::Status CheckMetadata(absl::string_view key, absl::string_view value) {
  if (key.empty() || !std::all_of(key.begin(), key.end(), IsKeyCharacter)) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata key '", key, "' has other characters than a-z 0-9 - _ ."));
  }
  if (absl::StartsWith(key, "grpc-") || absl::EndsWith(key, "-bin")) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata key '", key, "' starts with grpc- or ends with -bin"));
  }
  if (!std::all_of(value.begin(), value.end(),
                   [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); })) {
    return absl::InvalidArgumentError(
        absl::StrCat("the value of metadata '", key, "' is not printable ASCII"));
  }
  return absl::OkStatus();
}

}  // namespace fireworks::client
