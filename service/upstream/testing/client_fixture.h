// A client and a scripted server, joined.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_CLIENT_FIXTURE_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_CLIENT_FIXTURE_H_

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/recorder.h"
#include "service/upstream/testing/scripted_server.h"

namespace fireworks::upstream {

// Makes failures readable.
inline void PrintTo(End end, std::ostream* out) { *out << EndName(end); }

}  // namespace fireworks::upstream

namespace fireworks::upstream::testing {

inline Request Get(std::string target) {
  Request request;
  request.target = std::move(target);
  return request;
}

inline Request Post(std::string target, std::string body) {
  Request request;
  request.method = "POST";
  request.target = std::move(target);
  request.headers = {{"content-type", "application/json"}};
  request.body = std::move(body);
  request.has_body = true;
  return request;
}

// A POST that asks for events.
inline Request Stream() {
  Request request = Post("/stream", "{}");
  request.wants_events = true;
  return request;
}

class ClientFixture : public ::testing::Test {
 protected:
  // The client of this test; made at the first call, with options_.
  Client& client() {
    if (client_ == nullptr) {
      if (options_.base_url.empty()) options_.base_url = server_.url();
      absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(options_);
      EXPECT_TRUE(client.ok()) << client.status();
      client_ = *std::move(client);
    }
    return *client_;
  }

  // Runs an exchange whose observer is recorder_.
  std::shared_ptr<Exchange> Start(Request request) {
    return client().Start(std::move(request), recorder_);
  }

  // Starts a stream, lets the server send `bytes` of it, and returns the
  // server's end.
  Connection StartStream(absl::string_view bytes, Request request = Stream()) {
    exchange_ = Start(std::move(request));
    // The recorder's lock hands exchange_ to callbacks on the loop's thread: the
    // socket, through which they come later, tells ThreadSanitizer nothing.
    recorder_->event_count();
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendStreamHead(bytes);
    return connection;
  }

  // Waits until the loop has begun, and gone to wait for, what was started before.
  void AwaitLoopAsleep() {
    for (int turn = 0; turn < 2; ++turn) {
      auto recorder = std::make_shared<Recorder>();
      client().Start(Get("refused, as it is no target"), recorder);
      recorder->AwaitEnd();
    }
  }

  void TearDown() override {
    client_.reset();
    EXPECT_TRUE(recorder_->orderly());
  }

  ScriptedServer server_;
  ClientOptions options_;
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  // Of StartStream.
  std::shared_ptr<Exchange> exchange_;
  std::unique_ptr<Client> client_;
};

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_CLIENT_FIXTURE_H_
