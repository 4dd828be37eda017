// An OTLP/gRPC endpoint for traces, as a collector has one.
#ifndef FIREWORKS_TESTS_SUPPORT_OTLP_RECEIVER_H_
#define FIREWORKS_TESTS_SUPPORT_OTLP_RECEIVER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_context.h"

namespace fireworks::testing_support {

// A span as it arrived. Ids are hexadecimal, values of attributes are text, those of
// lists with commas between them.
struct ReceivedSpan {
  std::string trace_id;
  std::string span_id;
  std::string parent_id;  // empty: none
  std::string tracestate;
  std::string name;
  std::string kind;    // "SERVER", "CLIENT", ...
  std::string status;  // "UNSET", "OK" or "ERROR"
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::map<std::string, std::string> attributes;
  std::vector<std::string> events;  // their names
  std::map<std::string, std::string> resource;

  // Empty when there is none.
  std::string Attribute(const std::string& key) const;
};

// Thread-safe.
class OtlpReceiver {
 public:
  using Metadata = std::multimap<std::string, std::string>;

  // In plaintext.
  OtlpReceiver();
  // Over TLS, with the certificate of an authority that has its `ca.pem` in `folder`.
  static std::unique_ptr<OtlpReceiver> WithTls(const std::string& folder);
  // Ends it; exports that were left unanswered fail.
  ~OtlpReceiver();

  // "http://127.0.0.1:PORT", or https.
  std::string endpoint() const;

  // How exports are answered from now on.
  void Answer(grpc::StatusCode code);
  // Not at all, from now on.
  void Hang();

  // Of what was answered with OK.
  std::vector<ReceivedSpan> spans() const;
  // Waits until there are `count`; gives back what there is when that never comes.
  std::vector<ReceivedSpan> AwaitSpans(std::size_t count) const;
  // The metadata of all exports, oldest first.
  std::vector<Metadata> exports() const;

 private:
  class Service;
  class Silence;

  OtlpReceiver(std::string scheme, std::shared_ptr<grpc::ServerCredentials> credentials);

  // The status to answer with; nothing for none.
  std::optional<grpc::StatusCode> Receive(const std::string& body,
                                          const grpc::CallbackServerContext& context);

  mutable std::mutex mutex_;
  std::optional<grpc::StatusCode> answer_ = grpc::StatusCode::OK;  // guarded by mutex_
  std::vector<Metadata> exports_;                                  // guarded by mutex_
  std::vector<ReceivedSpan> spans_;                                // guarded by mutex_
  const std::string scheme_;
  int port_ = 0;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

// The one span of this kind, or a failure and an empty one.
ReceivedSpan OnlySpan(const std::vector<ReceivedSpan>& spans, absl::string_view kind);
std::vector<ReceivedSpan> SpansOfKind(const std::vector<ReceivedSpan>& spans,
                                      absl::string_view kind);

}  // namespace fireworks::testing_support

#endif  // FIREWORKS_TESTS_SUPPORT_OTLP_RECEIVER_H_
