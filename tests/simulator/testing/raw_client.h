// A blocking HTTP/1.1 client on a bare socket: it shows a test every byte and
// hides nothing that a real client library would smooth over.
//
// One owner; thread-compatible. Every read gives up after 30 seconds.
#ifndef FIREWORKS_TESTS_SIMULATOR_TESTING_RAW_CLIENT_H_
#define FIREWORKS_TESTS_SIMULATOR_TESTING_RAW_CLIENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

struct RawResponse {
  int status = 0;
  Headers headers;
  std::string body;
  // Whether the body came whole, by its own framing.
  bool complete = false;
};

class RawClient {
 public:
  // Connects to 127.0.0.1:`port`. With `receive_buffer_bytes` the kernel holds
  // about so much that has not been read.
  explicit RawClient(int port, int receive_buffer_bytes = 0);
  ~RawClient();

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(absl::string_view bytes);

  // Status and headers; status 0 when the connection ended instead.
  RawResponse ReadHead();
  // The next chunk of a chunked body; nullopt at its end or the connection's.
  std::optional<std::string> ReadChunk();
  // Head and body.
  RawResponse ReadResponse();
  // The data of all events until the body ends; comments are left out.
  std::vector<std::string> ReadEvents();

  // Whether the last ReadChunk met the chunk that ends the body.
  bool body_ended() const { return body_ended_; }
  // Whether the peer reset the connection.
  bool was_reset() const { return was_reset_; }

  // Closes the socket.
  void Close();

 private:
  // Makes `received_` longer; false when the connection ended.
  bool Receive();
  // Takes all up to and with `end`; nullopt when the connection ended first.
  std::optional<std::string> TakeThrough(absl::string_view end);
  std::optional<std::string> TakeBytes(std::size_t size);

  int fd_;
  std::string received_;
  bool body_ended_ = false;
  bool was_reset_ = false;
};

// A request with credentials. `headers` are whole lines with CRLF each.
std::string RawRequest(absl::string_view method, absl::string_view target, absl::string_view body,
                       absl::string_view headers = "");

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TESTING_RAW_CLIENT_H_
