// An HTTP/1.1 peer that answers every request at once, on a thread of its own: for
// tests whose subject is not a single exchange but a load.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_ANSWERING_SERVER_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_ANSWERING_SERVER_H_

#include <map>
#include <string>
#include <thread>

#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream::testing {

// Answers requests without a body with 200 and the text "fine". Thread-safe.
class AnsweringServer {
 public:
  AnsweringServer();
  ~AnsweringServer();

  AnsweringServer(const AnsweringServer&) = delete;
  AnsweringServer& operator=(const AnsweringServer&) = delete;

  int port() const { return port_; }
  std::string url() const;

 private:
  struct Session {
    FileDescriptor socket;
    std::string received;
  };

  void Run();
  void Accept();
  // False: the session is over.
  static bool Serve(Session* session);

  FileDescriptor listener_;
  FileDescriptor wake_;
  int port_ = 0;
  // Of the server's thread, by socket.
  std::map<int, Session> sessions_;
  std::thread thread_;
};

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_ANSWERING_SERVER_H_
