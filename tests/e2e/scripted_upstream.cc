#include "tests/e2e/scripted_upstream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace fireworks::e2e {
namespace {

using simulator::HttpRequest;
using simulator::HttpResponse;
using simulator::Step;

class FixedReply : public simulator::Reply {
 public:
  explicit FixedReply(const HttpResponse& response)
      : bytes_(simulator::SerializeHead(response.status, response.headers) + response.body) {}

  Step Next() override {
    if (bytes_.empty()) return Step::Close();
    return Step::Write(std::exchange(bytes_, {}));
  }

 private:
  std::string bytes_;
};

}  // namespace

ScriptedUpstream::ScriptedUpstream(HttpResponse response)
    : ScriptedUpstream(std::vector<HttpResponse>{std::move(response)}) {}

ScriptedUpstream::ScriptedUpstream(std::vector<HttpResponse> responses) {
  for (HttpResponse& response : responses) response.headers.emplace_back("connection", "close");
  auto started = simulator::HttpServer::Listen(
      {}, [this, responses = std::move(responses)](HttpRequest request, const simulator::Waker&) {
        std::lock_guard<std::mutex> lock(mutex_);
        const std::size_t turn = std::min(requests_.size(), responses.size() - 1);
        requests_.push_back(std::move(request));
        return std::make_unique<FixedReply>(responses[turn]);
      });
  EXPECT_TRUE(started.ok()) << started.status();
  if (!started.ok()) return;
  server_ = *std::move(started);
  server_->Serve();
}

std::string ScriptedUpstream::base_url() const {
  return absl::StrCat("http://127.0.0.1:", server_->port());
}

std::vector<HttpRequest> ScriptedUpstream::requests() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

HttpResponse EventStream(const std::vector<std::string>& data) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "text/event-stream");
  for (const std::string& event : data) absl::StrAppend(&response.body, "data: ", event, "\n\n");
  return response;
}

std::string ContentChunk(absl::string_view content) {
  return absl::StrCat(R"({"id":"x","choices":[{"index":0,"delta":{"content":")", content,
                      R"("},"finish_reason":null}]})");
}

std::string FinishChunk(absl::string_view finish_reason) {
  return absl::StrCat(R"({"id":"x","choices":[{"index":0,"delta":{},"finish_reason":")",
                      finish_reason, R"("}]})");
}

}  // namespace fireworks::e2e
