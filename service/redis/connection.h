// A Redis connection that sends commands and gets their replies.
#ifndef FIREWORKS_SERVICE_REDIS_CONNECTION_H_
#define FIREWORKS_SERVICE_REDIS_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/redis/stream.h"

struct redisReader;

namespace fireworks::redis {

// How to reach a server.
struct ConnectionOptions {
  Address address;
  absl::optional<Tls> tls;    // none: plaintext
  std::string username;       // empty: the default user
  std::string password_file;  // empty: no password; read for each connection
  int database = 0;
  std::chrono::milliseconds connect_timeout{1'000};
};

// What a command came to. A value.
struct Reply {
  enum class Kind { kNil, kInteger, kText, kError, kList };

  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;         // of text and errors
  std::vector<Reply> list;  // without lists of its own

  bool IsError(absl::string_view code) const;
};

// A command as the wire has it.
std::string FormatCommand(const std::vector<absl::string_view>& arguments);

// hiredis writes and reads the protocol; what carries it is ours, because the hiredis of
// Debian 12 (0.14) has no TLS and no limits of time on pipelines. One thread at a time;
// blocks it until the deadline at most. After an error of its own it is of no more use.
class Connection {
 public:
  // Connects, says the password, and chooses the database. Errors contain no word that
  // was sent.
  static absl::StatusOr<std::unique_ptr<Connection>> Connect(const ConnectionOptions& options);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends formatted commands at once and gets a reply to each, errors among them.
  absl::StatusOr<std::vector<Reply>> Exchange(const std::vector<std::string>& commands,
                                              Deadline deadline);

 private:
  struct ReaderFree {
    void operator()(redisReader* reader) const;
  };

  explicit Connection(std::unique_ptr<Stream> stream);

  absl::Status Authenticate(const ConnectionOptions& options, Deadline deadline);
  absl::StatusOr<Reply> Receive(Deadline deadline);

  const std::unique_ptr<Stream> stream_;
  const std::unique_ptr<redisReader, ReaderFree> reader_;
};

}  // namespace fireworks::redis

#endif  // FIREWORKS_SERVICE_REDIS_CONNECTION_H_
