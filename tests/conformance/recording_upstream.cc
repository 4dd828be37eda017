#include "tests/conformance/recording_upstream.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::conformance {
namespace {

using simulator::HttpRequest;
using simulator::HttpResponse;
using simulator::Step;

class WholeReply : public simulator::Reply {
 public:
  explicit WholeReply(HttpResponse response) {
    response.headers.emplace_back("content-length", absl::StrCat(response.body.size()));
    bytes_ = simulator::SerializeHead(response.status, response.headers) + response.body;
  }

  Step Next() override {
    return bytes_.empty() ? Step::End() : Step::Write(std::exchange(bytes_, {}));
  }

 private:
  std::string bytes_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingUpstream>> RecordingUpstream::Start() {
  auto upstream = std::unique_ptr<RecordingUpstream>(new RecordingUpstream);
  auto server = simulator::HttpServer::Listen(
      {}, [self = upstream.get()](HttpRequest request, const simulator::Waker&) {
        return self->Handle(std::move(request));
      });
  if (!server.ok()) return server.status();
  upstream->server_ = *std::move(server);
  upstream->server_->Serve();
  return upstream;
}

std::string RecordingUpstream::base_url() const {
  return absl::StrCat("http://127.0.0.1:", server_->port());
}

void RecordingUpstream::Answer(const std::string& request_id, HttpResponse response) {
  std::lock_guard<std::mutex> lock(mutex_);
  answers_[request_id] = std::move(response);
}

std::vector<HttpRequest> RecordingUpstream::Take(const std::string& request_id) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<HttpRequest> requests = std::move(requests_[request_id]);
  requests_.erase(request_id);
  answers_.erase(request_id);
  return requests;
}

std::unique_ptr<simulator::Reply> RecordingUpstream::Handle(HttpRequest request) {
  const std::string id(simulator::FindHeader(request.headers, "x-request-id"));
  std::lock_guard<std::mutex> lock(mutex_);
  requests_[id].push_back(std::move(request));
  const auto answer = answers_.find(id);
  HttpResponse response;
  if (answer != answers_.end()) {
    response = answer->second;
  } else {
    response.status = 500;
  }
  return std::make_unique<WholeReply>(std::move(response));
}

}  // namespace fireworks::conformance
