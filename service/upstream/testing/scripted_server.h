// An HTTP/1.1 peer that does exactly what a test says, byte by byte, on a raw
// socket: it can stop in the middle of a head, reset a connection, or stall.
//
// There is no server thread: the test's own thread accepts, reads and sends, so
// a test reads as a script. Every call is bounded by kPatience and reports a
// test failure when it passes.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_SCRIPTED_SERVER_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_SCRIPTED_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream::testing {

// How long anything that must happen may take: far longer than it ever does.
inline constexpr std::chrono::seconds kPatience{20};

struct ReceivedRequest {
  // "POST /v1/x HTTP/1.1", then the header lines as they came.
  std::string head;
  std::string body;

  // The value of a header, by its name in lower case; empty when absent.
  std::string Header(absl::string_view name) const;
  // How many headers have that name.
  int Count(absl::string_view name) const;
};

// One accepted connection.
class Connection {
 public:
  explicit Connection(FileDescriptor socket) : socket_(std::move(socket)) {}

  // Reads a head and, by its content-length, a body.
  ReceivedRequest ReadRequest();
  // Reads the head only.
  ReceivedRequest ReadHead();

  // Reads exactly `count` bytes; fewer when the peer closes before.
  std::string ReadBytes(std::size_t count);

  // Sends everything.
  void Send(absl::string_view bytes);
  // The head of an event stream of unknown length, and then some bytes of it.
  void SendStreamHead(absl::string_view more = {});
  // A whole answer with a content-length.
  void SendAnswer(int status, absl::string_view content_type, absl::string_view body,
                  absl::string_view more_headers = {});

  // Sends from `bytes` until all is gone or the peer takes nothing for a while.
  // Returns how much was taken.
  std::size_t SendUntilBlocked(absl::string_view bytes);

  // Waits until the peer has sent something, which is left to be read.
  bool AwaitBytes();

  // Waits until the peer has closed or reset the connection. False: it sent
  // something instead, or kept it open beyond kPatience.
  bool AwaitClose();

  // The same for a peer that may send before it closes.
  bool DiscardUntilClose();

  // Whether the peer has neither sent nor closed so far.
  bool IsQuiet() const;

  // Ends the answer, and the connection, in the orderly way.
  void Close() { socket_ = FileDescriptor(); }
  // Ends the connection with a RST.
  void Reset();

 private:
  // Reads once into buffered_; false at the end or on failure.
  bool ReadMore();

  FileDescriptor socket_;
  std::string buffered_;
};

// Listens on a free port of the loopback interface.
class ScriptedServer {
 public:
  // `backlog`: connections that the kernel completes before Accept.
  explicit ScriptedServer(int backlog = 4096);

  // Has a port, at which connections are refused until Listen.
  struct Refusing {};
  explicit ScriptedServer(Refusing);
  void Listen(int backlog = 4096);

  int port() const { return port_; }
  // "http://127.0.0.1:port".
  std::string url() const;

  // Waits for the next connection.
  Connection Accept();
  // Waits until there is a connection to accept, and leaves it there.
  bool AwaitConnection();
  // Whether no connection waits to be accepted.
  bool IsQuiet() const;

 private:
  FileDescriptor listener_;
  int port_ = 0;
};

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_SCRIPTED_SERVER_H_
