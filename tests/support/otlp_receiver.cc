#include "tests/support/otlp_receiver.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_factory.h"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_options.h"
#include "opentelemetry/sdk/trace/exporter.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::testing_support {
namespace {

using nlohmann::json;
constexpr char kMethod[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr char kRequestType[] = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// The messages of OTLP have no headers in Debian, but their descriptors come with the
// exporter's library, which the linker would leave out of a program that calls nothing of it.
using Create = std::unique_ptr<opentelemetry::sdk::trace::SpanExporter> (*)(
    const opentelemetry::exporter::otlp::OtlpGrpcExporterOptions&);
const volatile Create kExportersLibrary =
    &opentelemetry::exporter::otlp::OtlpGrpcExporterFactory::Create;

json ParseRequest(const std::string& body) {
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(kRequestType);
  if (type == nullptr) return {};
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  std::string text;
  if (!message->ParseFromString(body) ||
      !google::protobuf::util::MessageToJsonString(*message, &text).ok()) {
    return {};
  }
  return json::parse(text);
}

std::string Text(const json& value) {
  if (value.contains("stringValue")) return value["stringValue"];
  if (value.contains("intValue")) return value["intValue"];
  if (value.contains("boolValue")) return value["boolValue"] ? "true" : "false";
  if (value.contains("doubleValue")) return absl::StrCat(value["doubleValue"].get<double>());
  std::vector<std::string> texts;
  for (const json& element : value.value("/arrayValue/values"_json_pointer, json::array())) {
    texts.push_back(Text(element));
  }
  return absl::StrJoin(texts, ",");
}

std::map<std::string, std::string> Attributes(const json& holder) {
  std::map<std::string, std::string> attributes;
  for (const json& entry : holder.value("attributes", json::array())) {
    attributes[entry["key"]] = Text(entry.value("value", json::object()));
  }
  return attributes;
}

std::string HexOf(const json& span, const char* key) {
  std::string bytes;
  absl::Base64Unescape(span.value(key, ""), &bytes);
  return absl::BytesToHexString(bytes);
}

std::uint64_t Nanoseconds(const json& span, const char* key) {
  return std::stoull(span.value(key, "0"));
}

ReceivedSpan ToSpan(const json& span) {
  ReceivedSpan received;
  received.trace_id = HexOf(span, "traceId");
  received.span_id = HexOf(span, "spanId");
  received.parent_id = HexOf(span, "parentSpanId");
  received.tracestate = span.value("traceState", "");
  received.name = span.value("name", "");
  received.kind = std::string(absl::StripPrefix(span.value("kind", ""), "SPAN_KIND_"));
  received.status = std::string(absl::StripPrefix(
      span.value("/status/code"_json_pointer, "STATUS_CODE_UNSET"), "STATUS_CODE_"));
  received.start_ns = Nanoseconds(span, "startTimeUnixNano");
  received.end_ns = Nanoseconds(span, "endTimeUnixNano");
  received.attributes = Attributes(span);
  for (const json& event : span.value("events", json::array())) {
    received.events.push_back(event.value("name", ""));
  }
  return received;
}

std::vector<ReceivedSpan> SpansOf(const json& request) {
  std::vector<ReceivedSpan> spans;
  for (const json& of_resource : request.value("resourceSpans", json::array())) {
    const auto resource = Attributes(of_resource.value("resource", json::object()));
    for (const json& of_scope : of_resource.value("scopeSpans", json::array())) {
      for (const json& span : of_scope.value("spans", json::array())) {
        spans.push_back(ToSpan(span));
        spans.back().resource = resource;
      }
    }
  }
  return spans;
}

}  // namespace

std::string ReceivedSpan::Attribute(const std::string& key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? "" : found->second;
}

// Waits for the caller to give up. gRPC owns it until OnDone.
class OtlpReceiver::Silence final : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

// On raw bytes, because there is no stub to generate it from.
class OtlpReceiver::Service final : public grpc::Service {
 public:
  explicit Service(OtlpReceiver* receiver) {
    using grpc::internal::RpcServiceMethod;
    AddMethod(new RpcServiceMethod(kMethod, RpcServiceMethod::NORMAL_RPC, /*handler=*/nullptr));
    using Handler = grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
    auto handler = std::make_unique<Handler>(
        [receiver](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                   grpc::ByteBuffer* response) -> grpc::ServerUnaryReactor* {
          const auto code = receiver->Receive(BytesOf(*request), *context);
          if (!code) return new Silence;
          const grpc::Slice empty;
          *response = grpc::ByteBuffer(&empty, 1);
          grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
          reactor->Finish(*code == grpc::StatusCode::OK ? grpc::Status::OK
                                                        : grpc::Status(*code, "as the test says"));
          return reactor;
        });
    MarkMethodRawCallback(0, handler.release());
  }
};

OtlpReceiver::OtlpReceiver() : OtlpReceiver("http", grpc::InsecureServerCredentials()) {}

std::unique_ptr<OtlpReceiver> OtlpReceiver::WithTls(const std::string& folder) {
  const auto authority = simulator::TestAuthority::Create(folder);
  EXPECT_TRUE(authority.ok()) << authority.status();
  const absl::Status issued = authority->Issue("collector", "IP:127.0.0.1");
  EXPECT_TRUE(issued.ok()) << issued;
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ReadFile(authority->key_path("collector")),
                                    ReadFile(authority->certificate_path("collector"))});
  return std::unique_ptr<OtlpReceiver>(
      new OtlpReceiver("https", grpc::SslServerCredentials(tls)));
}

OtlpReceiver::OtlpReceiver(std::string scheme,
                           std::shared_ptr<grpc::ServerCredentials> credentials)
    : scheme_(std::move(scheme)), service_(std::make_unique<Service>(this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr);
}

OtlpReceiver::~OtlpReceiver() { server_->Shutdown(std::chrono::system_clock::now()); }

std::string OtlpReceiver::endpoint() const {
  return absl::StrCat(scheme_, "://127.0.0.1:", port_);
}

void OtlpReceiver::Answer(grpc::StatusCode code) {
  std::lock_guard<std::mutex> lock(mutex_);
  answer_ = code;
}

void OtlpReceiver::Hang() {
  std::lock_guard<std::mutex> lock(mutex_);
  answer_.reset();
}

std::optional<grpc::StatusCode> OtlpReceiver::Receive(
    const std::string& body, const grpc::CallbackServerContext& context) {
  std::lock_guard<std::mutex> lock(mutex_);
  Metadata& metadata = exports_.emplace_back();
  for (const auto& [name, value] : context.client_metadata()) {
    metadata.emplace(std::string(name.data(), name.size()),
                     std::string(value.data(), value.size()));
  }
  if (answer_ == grpc::StatusCode::OK) {
    for (ReceivedSpan& span : SpansOf(ParseRequest(body))) spans_.push_back(std::move(span));
  }
  return answer_;
}

std::vector<ReceivedSpan> OtlpReceiver::spans() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return spans_;
}

std::vector<ReceivedSpan> OtlpReceiver::AwaitSpans(std::size_t count) const {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (spans().size() < count && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return spans();
}

std::vector<OtlpReceiver::Metadata> OtlpReceiver::exports() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return exports_;
}

std::vector<ReceivedSpan> SpansOfKind(const std::vector<ReceivedSpan>& spans,
                                      absl::string_view kind) {
  std::vector<ReceivedSpan> found;
  for (const ReceivedSpan& span : spans) {
    if (span.kind == kind) found.push_back(span);
  }
  return found;
}

ReceivedSpan OnlySpan(const std::vector<ReceivedSpan>& spans, absl::string_view kind) {
  const std::vector<ReceivedSpan> found = SpansOfKind(spans, kind);
  EXPECT_EQ(found.size(), 1u) << kind;
  return found.empty() ? ReceivedSpan() : found.front();
}

}  // namespace fireworks::testing_support
