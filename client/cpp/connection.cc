#include "client/cpp/connection.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cpp/grpc_connection.h"
#include "client/cpp/service_config.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace fireworks::client {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// Whether `address` is `HOST` or `HOST:PORT` of this machine; a name that only begins so is
// anybody's.
bool IsLoopbackAddress(absl::string_view address) {
  const bool v6 = absl::ConsumePrefix(&address, "[::1]");
  const std::string host(address.substr(0, address.find(':')));
  address.remove_prefix(host.size());
  if (absl::ConsumePrefix(&address, ":") &&
      !std::all_of(address.begin(), address.end(),
                   [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); })) {
    return false;
  }
  if (v6) return host.empty();
  in_addr v4;
  return host == "localhost" ||
         (inet_pton(AF_INET, host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

// A proxy would look for the service on its own loopback.
bool IsLoopback(absl::string_view target) {
  absl::ConsumePrefix(&target, "dns:");
  absl::ConsumePrefix(&target, "ipv4:");
  absl::ConsumePrefix(&target, "ipv6:");
  absl::ConsumePrefix(&target, "///");
  const std::vector<absl::string_view> addresses = absl::StrSplit(target, ',');
  return std::all_of(addresses.begin(), addresses.end(), IsLoopbackAddress);
}

bool IsKeyCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

// Empty when `path` is empty.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const TlsFiles& files) {
  if (files.certificate_file.empty() != files.key_file.empty()) {
    return absl::InvalidArgumentError("tls: certificate_file and key_file need each other");
  }
  grpc::SslCredentialsOptions options;
  for (const auto& [path, content] :
       {std::pair<const std::string&, std::string*>(files.ca_file, &options.pem_root_certs),
        std::pair<const std::string&, std::string*>(files.certificate_file,
                                                    &options.pem_cert_chain),
        std::pair<const std::string&, std::string*>(files.key_file, &options.pem_private_key)}) {
    absl::StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) return text.status();
    *content = *std::move(text);
  }
  return grpc::SslCredentials(options);
}

grpc::ChannelArguments ArgumentsOf(const ConnectionOptions& options) {
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
  arguments.SetServiceConfigJSON(options.service_config.empty() ? kServiceConfig
                                                                : options.service_config);
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> Connect(const ConnectionOptions& options) {
  if (options.tls && options.credentials != nullptr) {
    return absl::InvalidArgumentError("both tls and credentials are set");
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = options.credentials;
  if (options.tls) {
    auto made = CredentialsOf(*options.tls);
    if (!made.ok()) return made.status();
    credentials = *std::move(made);
  }
  if (credentials == nullptr) {
    if (!options.token.empty() && !IsLoopback(options.target)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a token would travel to ", options.target, " in plaintext; set tls, or credentials"));
    }
    credentials = grpc::InsecureChannelCredentials();
  }
  absl::Status good_token = CheckMetadata("authorization", options.token);
  if (!good_token.ok()) return absl::InvalidArgumentError("the token is not printable ASCII");
  return ConnectOver(
      grpc::CreateCustomChannel(options.target, credentials, ArgumentsOf(options)), options.token);
}

std::shared_ptr<Connection> ConnectOver(std::shared_ptr<grpc::Channel> channel,
                                        std::string token) {
  return std::make_shared<GrpcConnection>(std::move(channel), token);
}

absl::StatusOr<std::string> TargetOf(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return absl::InvalidArgumentError("there is no address");
  if (addresses.size() == 1) return addresses.front();
  const bool v6 = absl::StartsWith(addresses.front(), "[");
  for (const std::string& address : addresses) {
    const bool fits = v6 ? absl::StartsWith(address, "[")
                         : absl::ascii_isdigit(static_cast<unsigned char>(address.c_str()[0]));
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", address, "' is no IP address of the first one's family; for names use dns:///"));
    }
  }
  return absl::StrCat(v6 ? "ipv6:" : "ipv4:", absl::StrJoin(addresses, ","));
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
