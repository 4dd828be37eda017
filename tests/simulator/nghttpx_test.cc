#include "tests/simulator/nghttpx.h"

#include <curl/curl.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "tests/simulator/simulator.h"

namespace fireworks::simulator {
namespace {

using ::testing::HasSubstr;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Result {
  CURLcode code = CURLE_OK;
  long http_version = 0;
  std::string body;
  // How many body bytes to take before giving up.
  std::size_t limit = SIZE_MAX;
};

std::size_t Append(char* bytes, std::size_t size, std::size_t count, void* user) {
  Result* result = static_cast<Result*>(user);
  result->body.append(bytes, size * count);
  return result->body.size() > result->limit ? 0 : size * count;
}

class NghttpxTest : public testing::Test {
 protected:
  NghttpxTest() : simulator_(*Simulator::Start()) {
    auto proxy = NghttpxProxy::Start(simulator_->port());
    EXPECT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
  }

  // Streams a completion through the proxy.
  Result Stream(long http_version, const std::string& directives, std::size_t limit = SIZE_MAX,
                bool trust = true) {
    Result result;
    result.limit = limit;
    const Easy easy(curl_easy_init(), curl_easy_cleanup);
    List headers(curl_slist_append(nullptr, "Authorization: Bearer key"), curl_slist_free_all);
    curl_slist_append(headers.get(), "X-Request-Id: r1");
    curl_slist_append(headers.get(), ("X-Simulator: " + directives).c_str());
    const std::string url = proxy_->base_url() + "/inference/v1/chat/completions";
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 30L);
    if (trust) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, proxy_->ca_path().c_str());
    curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, http_version);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS,
                     R"({"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]})");
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &result);
    result.code = curl_easy_perform(easy.get());
    curl_easy_getinfo(easy.get(), CURLINFO_HTTP_VERSION, &result.http_version);
    return result;
  }

  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<NghttpxProxy> proxy_;
};

TEST_F(NghttpxTest, StreamsOverHttp2AndTls) {
  const Result result = Stream(CURL_HTTP_VERSION_2TLS, "");
  EXPECT_EQ(result.code, CURLE_OK) << curl_easy_strerror(result.code);
  EXPECT_EQ(result.http_version, CURL_HTTP_VERSION_2_0);
  EXPECT_THAT(result.body, HasSubstr("data: [DONE]"));
}

TEST_F(NghttpxTest, StreamsOverHttp11AndTls) {
  const Result result = Stream(CURL_HTTP_VERSION_1_1, "");
  EXPECT_EQ(result.code, CURLE_OK) << curl_easy_strerror(result.code);
  EXPECT_EQ(result.http_version, CURL_HTTP_VERSION_1_1);
}

TEST_F(NghttpxTest, CertificateIsNotTrustedWithoutTheCa) {
  EXPECT_EQ(Stream(CURL_HTTP_VERSION_2TLS, "", SIZE_MAX, /*trust=*/false).code,
            CURLE_PEER_FAILED_VERIFICATION);
}

TEST_F(NghttpxTest, CancelledStreamReachesTheSimulator) {
  EXPECT_EQ(Stream(CURL_HTTP_VERSION_2TLS, "hang_after=2", /*limit=*/10).code, CURLE_WRITE_ERROR);
  EXPECT_TRUE(simulator_->WaitForState("r1", RequestState::kClientClosed).ok());
}

}  // namespace
}  // namespace fireworks::simulator
