// Callers' connections: how many there may be, what they must say and when, and what
// becomes of them when descriptors run out.
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "service/server/listen_address.h"
#include "service/server/self_probe.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using grpc::health::v1::HealthCheckResponse;
using std::chrono::milliseconds;

constexpr char kStream[] = "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";
constexpr std::uint32_t kEnhanceYourCalm = 0xb;  // RFC 9113 §7

class ConnectionTest : public ServiceTest {
 protected:
  // A service that is not probed, so that the only connections are the test's.
  void Start(const std::function<void(server::ConnectionLimits*)>& adjust) {
    StartService([&](server::Options* options) {
      options->self_probe_interval = std::chrono::hours(1);
      adjust(&options->connections);
    });
  }

  grpc::Status Call(ChatService::Stub* stub) {
    CallContext context;
    return StreamChat(stub, &context, MakeChatRequest("hello")).status;
  }
};

TEST_F(ConnectionTest, OneThatSaysNothingIsClosed) {
  Start([](auto* limits) { limits->handshake_timeout = milliseconds(100); });
  RawConnection silent(service().port());
  ASSERT_TRUE(silent.connected());
  EXPECT_TRUE(silent.ReadToEnd().has_value());
  // Half of the first words is no better.
  RawConnection stuttering(service().port());
  stuttering.Send(Http2Preface().substr(0, 10));
  EXPECT_TRUE(stuttering.ReadToEnd().has_value());
  EXPECT_TRUE(Call(&chat()).ok());
}

TEST_F(ConnectionTest, OneThatSpeaksAnotherProtocolIsClosed) {
  RawConnection web(service().port());
  web.Send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  EXPECT_TRUE(web.ReadToEnd().has_value());
  EXPECT_TRUE(Call(&chat()).ok());
}

TEST_F(ConnectionTest, OneTooManyIsClosedAtOnceAndTheOthersStay) {
  Start([](auto* limits) { limits->max_connections = 2; });
  CallContext context("step=1;events=3");
  const auto stub = ChatService::NewStub(NewChannel());
  const auto reader = stub->StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kOpen).ok());
  auto second = std::make_unique<RawConnection>(service().port());
  EXPECT_NE(second->ReadSome(), "");  // The service's settings: it is served.
  RawConnection third(service().port());
  EXPECT_EQ(third.ReadToEnd(), "");
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_connections_refused_total", {{"why", "limit"}}) == 1;
  }));
  EXPECT_EQ(Metric("fireworks_connections"), 2);

  second.reset();
  EXPECT_TRUE(Eventually([this] { return Call(ChatService::NewStub(NewChannel()).get()).ok(); }));
  ASSERT_TRUE(simulator().Release(context.request_id(), 100).ok());
  EXPECT_TRUE(ReadAll(reader.get()).status.ok());
}

TEST_F(ConnectionTest, AnIdleOneIsAskedToGo) {
  Start([](auto* limits) { limits->max_idle = milliseconds(50); });
  const auto channel = NewChannel();
  const auto stub = ChatService::NewStub(channel);
  EXPECT_TRUE(Call(stub.get()).ok());
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                          std::chrono::system_clock::now() + kPatience));
  EXPECT_TRUE(Call(stub.get()).ok());
}

TEST_F(ConnectionTest, OneThatPingsTooMuchHasToGo) {
  RawConnection pinging(service().port());
  pinging.Send(Http2Preface());
  for (int i = 0; i < 8; ++i) pinging.Send(Frame(kPingFrame, 0, 0, "12345678"));
  const auto answer = pinging.ReadToEnd();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(GoAwayCode(*answer), kEnhanceYourCalm);
}

TEST_F(ConnectionTest, OneWithMoreCallsThanAllowedIsClosed) {
  Start([](auto* limits) { limits->max_streams = 2; });
  RawConnection greedy(service().port());
  greedy.Send(Http2Preface());
  EXPECT_NE(greedy.ReadSome(), "");
  // The limit counts once the caller has acknowledged it.
  greedy.Send(Frame(kSettingsFrame, kAck, 0, ""));
  for (std::uint32_t stream = 1; stream < 16; stream += 2) {
    greedy.Send(Frame(kHeadersFrame, kEndHeaders, stream, CallHeaders(kStream, {})));
  }
  EXPECT_TRUE(greedy.ReadToEnd().has_value());
  EXPECT_TRUE(Call(&chat()).ok());
  EXPECT_EQ(simulator().Requests().size(), 1u);
}

// gRPC tells of such a call only when its message is complete, so that nothing but the
// connection's age can end it.
TEST_F(ConnectionTest, ACallWhoseMessageNeverComesEndsWithItsConnection) {
  StartService([](server::Options* options) {
    for (milliseconds* limit : {&options->limits.stream_timeout, &options->limits.inference_timeout,
                                &options->limits.management_timeout}) {
      *limit = milliseconds(100);
    }
    options->connections.max_age = milliseconds(50);
  });
  RawConnection slow(service().port());
  slow.Send(Http2Preface());
  slow.Send(Frame(kHeadersFrame, kEndHeaders, 1, CallHeaders(kStream, {})));
  EXPECT_TRUE(slow.ReadToEnd().has_value());
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 0; }));
  EXPECT_TRUE(simulator().Requests().empty());
}

// What aborted some releases of gRPC: an unexpected `te` and much metadata
// (CVE-2023-1428).
TEST_F(ConnectionTest, StrangeAndLargeHeadersDoNotEndTheProcess) {
  RawConnection strange(service().port());
  strange.Send(Http2Preface());
  const std::string block =
      CallHeaders(kStream, {{"te", "x"}, {"x-large", std::string(40'000, 'a')}});
  strange.Send(Frame(kHeadersFrame, 0, 1, block.substr(0, 16'000)));
  strange.Send(Frame(kContinuationFrame, 0, 1, block.substr(16'000, 16'000)));
  strange.Send(Frame(kContinuationFrame, kEndHeaders, 1, block.substr(32'000)));
  strange.Send(Frame(kPingFrame, 0, 0, "12345678"));
  EXPECT_NE(strange.ReadSome(), "");
  EXPECT_TRUE(Call(&chat()).ok());
}

TEST_F(ConnectionTest, MetadataBeyondTheLimitIsRefused) {
  const auto call_with = [this](std::size_t bytes) {
    CallContext context;
    context.AddMetadata("x-anything", std::string(bytes, 'a'));
    return StreamChat(&chat(), &context, MakeChatRequest("hello")).status;
  };
  EXPECT_TRUE(call_with(12'000).ok());
  EXPECT_EQ(call_with(20'000).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(simulator().Requests().size(), 1u);
}

// A message that is small on the wire must not become large in memory.
TEST_F(ConnectionTest, ACompressedMessageIsMeasuredByWhatIsInIt) {
  StartService([](server::Options* options) { options->limits.max_request_bytes = 1 << 20; });
  const auto call_with = [this](std::size_t bytes) {
    CallContext context;
    context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    return StreamChat(&chat(), &context, MakeChatRequest(std::string(bytes, 'a'))).status;
  };
  EXPECT_TRUE(call_with(100'000).ok());
  EXPECT_EQ(call_with(2 << 20).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(simulator().Requests().size(), 1u);
}

// ---------------------------------------------------------------- descriptors

// Leaves this process so many file descriptors to open.
class FewDescriptors {
 public:
  explicit FewDescriptors(int count) {
    getrlimit(RLIMIT_NOFILE, &before_);
    // The lowest ones that are free; what is open above them stays open.
    std::vector<int> free;
    for (int i = 0; i <= count; ++i) free.push_back(dup(STDERR_FILENO));
    for (const int descriptor : free) close(descriptor);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(free.back());
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() {
    setrlimit(RLIMIT_NOFILE, &before_);
    for (const int descriptor : taken_) close(descriptor);
  }

  // Takes what is there, also what others had when this began and have closed since.
  void TakeAll() {
    for (int taken; (taken = dup(STDERR_FILENO)) >= 0;) taken_.push_back(taken);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST_F(ConnectionTest, AcceptingGoesOnWhenThereAreDescriptorsAgain) {
  StartService([](server::Options* options) {
    options->health_listen = "127.0.0.1:0";
    options->self_probe_interval = milliseconds(10);
  });
  const auto health = grpc::health::v1::Health::NewStub(
      NewChannel(absl::StrCat("127.0.0.1:", service().health_port())));
  const auto check = [&](const char* name) {
    CallContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    HealthCheckResponse response;
    EXPECT_TRUE(health->Check(&context, request, &response).ok());
    return response.status();
  };
  EXPECT_EQ(check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("liveness"), HealthCheckResponse::SERVING);
  EXPECT_TRUE(Call(&chat()).ok());  // From now on this connection stands.
  {
    FewDescriptors none(0);
    EXPECT_TRUE(Eventually([&] {
      none.TakeAll();
      return check("liveness") == HealthCheckResponse::NOT_SERVING;
    }));
    EXPECT_EQ(check(""), HealthCheckResponse::NOT_SERVING);
    EXPECT_GE(Metric("fireworks_self_probe_failures_total"), 3);
  }
  EXPECT_TRUE(Eventually([&] { return check("liveness") == HealthCheckResponse::SERVING; }));
  EXPECT_TRUE(Eventually([&] { return check("") == HealthCheckResponse::SERVING; }));
  EXPECT_TRUE(Call(ChatService::NewStub(NewChannel()).get()).ok());
}

TEST_F(ConnectionTest, AConnectionThatCannotBeAcceptedYetIsServedLater) {
  Start([](auto*) {});
  RawConnection early(service().port());
  EXPECT_NE(early.ReadSome(), "");
  absl::optional<RawConnection> caller;
  {
    const FewDescriptors one(1);  // For the caller's side, which is in this process too.
    caller.emplace(service().port());
    EXPECT_TRUE(caller->connected());
    EXPECT_TRUE(Eventually([this] { return Metric("fireworks_accept_failures_total") > 0; }));
  }
  EXPECT_NE(caller->ReadSome(), "");
}

// ---------------------------------------------------------------- self-probe

TEST(SelfProbeTest, FailsWhereNobodyAccepts) {
  auto sockets = server::ListenOn("127.0.0.1:0");
  ASSERT_TRUE(sockets.ok());
  server::SelfProbe::Options options;
  options.timeout = milliseconds(1);
  options.max_failures = 2;
  server::SelfProbe probe(sockets->sockets.front().get(), options);
  EXPECT_FALSE(probe.Probe().ok());
  EXPECT_TRUE(probe.alive());
  EXPECT_FALSE(probe.Probe().ok());
  EXPECT_FALSE(probe.alive());
}

TEST(SelfProbeTest, ReachesWhoListensOnAllAddresses) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    const auto sockets = server::ListenOn(address);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    std::thread accepting([&] {
      const int listener = sockets->sockets.front().get();
      pollfd ready{listener, POLLIN, 0};
      poll(&ready, 1, 10'000);
      const int accepted = accept(listener, reinterpret_cast<sockaddr*>(&peer), &size);
      if (accepted >= 0) close(accepted);
    });
    server::SelfProbe probe(sockets->sockets.front().get(), {});
    probe.Probe().IgnoreError();
    accepting.join();
    // 127.0.0.1, which is there where ::1 is not.
    ASSERT_EQ(peer.ss_family, AF_INET6) << address;
    EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<sockaddr_in6&>(peer).sin6_addr));
  }
}

TEST(SelfProbeTest, FailsWhereNobodyListens) {
  auto sockets = server::ListenOn("127.0.0.1:0");
  ASSERT_TRUE(sockets.ok());
  server::SelfProbe probe(sockets->sockets.front().get(), {});
  sockets->sockets.clear();
  EXPECT_FALSE(probe.Probe().ok());
}

TEST(ListenAddressTest, TakesTheFormsThatAreDocumented) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", "0.0.0.0:0", "[::]:0"}) {
    const auto sockets = server::ListenOn(address);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_GT(sockets->port, 0) << address;
  }
  // A socket's path has at most 107 bytes, which a test's own folder may exceed.
  char folder[] = "/tmp/listen.XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = absl::StrCat("unix:", folder, "/socket");
  EXPECT_TRUE(server::ListenOn(path).ok());
  EXPECT_TRUE(server::ListenOn(path).ok()) << "what is left of another process is replaced";
  const std::string file = absl::StrCat(folder, "/file");
  std::ofstream(file) << "precious";
  EXPECT_FALSE(server::ListenOn("unix:" + file).ok());
  EXPECT_TRUE(std::filesystem::exists(file)) << "only a socket is replaced";
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(server::ListenOn("unix-abstract:fireworks-test").ok());
  for (const char* address : {"", "nonsense", ":1", "127.0.0.1:http", "host.invalid:1", "unix:"}) {
    const auto sockets = server::ListenOn(address);
    EXPECT_THAT(std::string(sockets.status().message()),
                testing::HasSubstr(absl::StrCat("cannot listen on ", address)));
  }
}

}  // namespace
}  // namespace fireworks::e2e
