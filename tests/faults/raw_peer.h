// Upstreams that go wrong before they have read a request, where no simulator can
// be told of anything.
#ifndef FIREWORKS_TESTS_FAULTS_RAW_PEER_H_
#define FIREWORKS_TESTS_FAULTS_RAW_PEER_H_

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace fireworks::faults {

// A port of the loopback interface. To be used by one thread.
class RawPeer {
 public:
  enum class Manner {
    kRefuses,  // nobody listens
    kIsFull,   // connections are neither accepted nor refused: they hang
    kIsSilent,  // connections come about, and nothing is ever said or read
    // Reads a request's head and no byte more, answers, and waits for the other
    // side to close. One connection after the other.
    kAnswersEarly,
  };

  // `answer`: what kAnswersEarly says.
  explicit RawPeer(Manner manner, std::string answer = {});
  ~RawPeer();

  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  int port() const { return port_; }
  // Requests of which a head was read.
  int requests() const { return requests_.load(); }

  // Its own connections to the port, which kIsFull has.
  std::size_t fillers() const { return fillers_.size(); }

  // Whether a connection has come, which may be gone by now. kIsSilent.
  bool HasConnection() const;

 private:
  void Serve();
  // Waits until `socket` has one of `events`; false at the peer's own end.
  bool Await(int socket, short events) const;
  bool ReadHead(int socket) const;

  const std::string answer_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};  // a pipe; readable at the peer's end
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::vector<int> fillers_;  // of kIsFull: they take the places that there are
  std::thread thread_;
};

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_RAW_PEER_H_
