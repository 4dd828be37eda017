#include "service/server/key_fetch.h"

#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/access/key_set.h"
#include "service/upstream/client.h"

namespace fireworks::server {
namespace {

constexpr std::chrono::seconds kTimeLimit{10};

// Takes the answer of one exchange to whoever waits for it.
class Answer : public upstream::Observer {
 public:
  void OnHead(upstream::ResponseHead head) override { status_ = head.status; }
  void OnEvent(const sse::Event&) override {}  // None is asked for.
  void OnEnd(upstream::Outcome outcome) override {
    promise_.set_value({status_, std::move(outcome)});
  }

  struct Result {
    int status = 0;
    upstream::Outcome outcome;
  };
  Result Await() { return promise_.get_future().get(); }

 private:
  int status_ = 0;
  std::promise<Result> promise_;
};

// "https://host:port" and "/path?query" of `url`.
std::pair<std::string, std::string> Split(const std::string& url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
  if (path == std::string::npos) return {url, "/"};
  return {url.substr(0, path), url.substr(path)};
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace

absl::StatusOr<std::string> FetchKeys(const access::KeyFetch& what) {
  const auto [base_url, target] = Split(what.url);
  upstream::ClientOptions options;
  options.base_url = base_url;
  options.ca_file = what.ca_file;
  if (!what.token_file.empty()) {
    absl::StatusOr<std::string> token = ReadToken(what.token_file);
    if (!token.ok()) return token.status();
    options.api_key = upstream::Secret(*std::move(token));
  }
  absl::StatusOr<std::unique_ptr<upstream::Client>> client = upstream::Client::Create(options);
  if (!client.ok()) return client.status();

  upstream::Request request;
  request.target = target;
  // The first is the type's own name, and all that Kubernetes' API server sends: asked for
  // the other alone, it answers 406.
  request.headers.push_back({"accept", "application/jwk-set+json, application/json"});
  request.deadline = upstream::Clock::now() + kTimeLimit;
  request.max_body_bytes = access::kMaxKeySetBytes;
  const auto answer = std::make_shared<Answer>();
  (*client)->Start(std::move(request), answer);
  Answer::Result result = answer->Await();
  if (result.outcome.end != upstream::End::kComplete) {
    return absl::UnavailableError(absl::StrCat(what.url, ": ",
                                               upstream::EndName(result.outcome.end), " ",
                                               result.outcome.detail));
  }
  if (result.status != 200) {
    return absl::UnavailableError(absl::StrCat(what.url, ": HTTP status ", result.status));
  }
  return std::move(result.outcome.body);
}

}  // namespace fireworks::server
