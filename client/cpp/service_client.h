// What the generated clients have in common. Each is a class per service, such as
// `ChatCompletionServiceClient` of chat_completion_service_client.h, made by
// generate_clients.cc from the contract; each is cheap to copy, and thread-safe.
#ifndef FIREWORKS_CLIENT_CPP_SERVICE_CLIENT_H_
#define FIREWORKS_CLIENT_CPP_SERVICE_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/cpp/pages.h"
#include "client/cpp/rpc.h"
#include "client/cpp/stream.h"

namespace fireworks::client {

// A client-streaming call: messages out, one answer in. As MessageWriter.
template <typename Request, typename Response>
class Upload {
 public:
  explicit Upload(std::unique_ptr<MessageWriter> writer) : writer_(std::move(writer)) {}

  bool Write(const Request& message) { return writer_->Write(message); }
  absl::StatusOr<Response> Finish() {
    Response response;
    absl::Status status = writer_->Finish(&response);
    if (!status.ok()) return status;
    return response;
  }
  void Cancel() { writer_->Cancel(); }

 private:
  std::unique_ptr<MessageWriter> writer_;
};

class ServiceClient {
 public:
  // The connection, for calls beyond this service.
  const std::shared_ptr<Connection>& connection() const { return connection_; }

 protected:
  explicit ServiceClient(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ~ServiceClient() = default;
  ServiceClient(const ServiceClient&) = default;
  ServiceClient& operator=(const ServiceClient&) = default;

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const char* method, const Request& request,
                                const CallOptions& options) const {
    Response response;
    absl::Status status = connection_->Call(method, request, &response, options);
    if (!status.ok()) return status;
    return response;
  }

  template <typename Message, typename Request>
  Stream<Message> Read(const char* method, const Request& request,
                       const CallOptions& options) const {
    return Stream<Message>(connection_->Read(method, request, options));
  }

  template <typename Message, typename Request>
  std::shared_ptr<RunningCall> Subscribe(
      const char* method, const Request& request, std::function<void(const Message&)> on_message,
      std::function<void(const absl::Status&, const ReceivedMetadata&)> on_done,
      const CallOptions& options) const {
    auto message = std::make_shared<Message>();
    StreamHandler handler;
    handler.next = [message] { return message.get(); };
    handler.on_message = [message, on_message = std::move(on_message)] { on_message(*message); };
    handler.on_done = std::move(on_done);
    return connection_->Subscribe(method, request, std::move(handler), options);
  }

  // `entries` gives the response's entries.
  template <typename Entry, typename Response, typename Request, typename Entries>
  Pages<Entry> List(const char* method, Request request, Entries entries,
                    CallOptions options) const {
    const absl::Time deadline =
        options.timeout ? absl::Now() + *options.timeout : absl::InfiniteFuture();
    return Pages<Entry>([connection = connection_, method, request = std::move(request), entries,
                         options = std::move(options),
                         deadline](std::string* token, std::vector<Entry>* page) mutable {
      if (options.timeout) options.timeout = deadline - absl::Now();
      if (!token->empty()) request.set_page_token(*token);
      Response response;
      absl::Status status = connection->Call(method, request, &response, options);
      if (!status.ok()) return status;
      for (Entry& entry : *entries(&response)) page->push_back(std::move(entry));
      *token = response.next_page_token();
      return status;
    });
  }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_SERVICE_CLIENT_H_
