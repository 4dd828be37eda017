#include "service/redis/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hiredis/hiredis.h"
#include "openssl/crypto.h"
#include "service/upstream/api_key_source.h"
#include "service/upstream/secret.h"

namespace fireworks::redis {
namespace {

using upstream::Secret;

// Replies are small numbers and short texts.
constexpr std::size_t kMaxReplyBytes = 64 << 10;
constexpr std::size_t kReadBytes = 16 << 10;

struct ReplyFree {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

Reply Convert(const redisReply& reply, bool nested) {
  Reply converted;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      converted.kind = Reply::Kind::kInteger;
      converted.integer = reply.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      converted.kind =
          reply.type == REDIS_REPLY_ERROR ? Reply::Kind::kError : Reply::Kind::kText;
      converted.text.assign(reply.str, static_cast<std::size_t>(reply.len));
      break;
    case REDIS_REPLY_ARRAY:
      converted.kind = Reply::Kind::kList;
      for (std::size_t i = 0; !nested && i < reply.elements; ++i) {
        converted.list.push_back(Convert(*reply.element[i], true));
      }
      break;
    default:
      break;
  }
  return converted;
}

// What kind of error it is, such as "WRONGPASS", and not more: servers repeat commands
// that they do not know in their errors, passwords and all.
absl::string_view ErrorCode(const std::string& text) {
  const absl::string_view code = absl::string_view(text).substr(0, text.find(' '));
  const bool plain = std::all_of(code.begin(), code.end(), [](unsigned char c) {
    return absl::ascii_isupper(c);
  });
  return plain ? code : "error";
}

}  // namespace

bool Reply::IsError(absl::string_view code) const {
  return kind == Kind::kError && ErrorCode(text) == code;
}

std::string FormatCommand(const std::vector<absl::string_view>& arguments) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  for (const absl::string_view argument : arguments) {
    values.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(values.size()),
                                          values.data(), sizes.data());
  if (size < 0) return "";  // Out of memory.
  std::string command(formatted, static_cast<std::size_t>(size));
  // It may have been a password.
  OPENSSL_cleanse(formatted, static_cast<std::size_t>(size));
  redisFreeCommand(formatted);
  return command;
}

void Connection::ReaderFree::operator()(redisReader* reader) const { redisReaderFree(reader); }

Connection::Connection(std::unique_ptr<Stream> stream)
    : stream_(std::move(stream)), reader_(redisReaderCreate()) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Connect(
    const ConnectionOptions& options) {
  const Deadline deadline = std::chrono::steady_clock::now() + options.connect_timeout;
  auto stream = Stream::Connect(options.address, options.tls, deadline);
  if (!stream.ok()) return stream.status();
  auto connection = std::unique_ptr<Connection>(new Connection(*std::move(stream)));
  absl::Status known = connection->Authenticate(options, deadline);
  if (!known.ok()) return known;
  if (options.database != 0) {
    const std::string select = FormatCommand({"SELECT", absl::StrCat(options.database)});
    auto selected = connection->Exchange({select}, deadline);
    if (!selected.ok()) return selected.status();
    if (selected->front().kind == Reply::Kind::kError) {
      return absl::UnavailableError(
          absl::StrCat("SELECT was answered with ", ErrorCode(selected->front().text)));
    }
  }
  return connection;
}

absl::Status Connection::Authenticate(const ConnectionOptions& options, Deadline deadline) {
  if (options.password_file.empty()) return absl::OkStatus();
  auto password = upstream::ReadApiKeyFile(options.password_file, "password");
  if (!password.ok()) return password.status();
  std::vector<absl::string_view> arguments{"AUTH"};
  if (!options.username.empty()) arguments.push_back(options.username);
  arguments.push_back(password->key.Reveal());
  const Secret command(FormatCommand(arguments));
  if (absl::Status sent = stream_->Write(command.Reveal(), deadline); !sent.ok()) return sent;
  absl::StatusOr<Reply> reply = Receive(deadline);
  if (!reply.ok()) return reply.status();
  if (reply->kind == Reply::Kind::kError) {
    return absl::UnavailableError(
        absl::StrCat("AUTH was answered with ", ErrorCode(reply->text)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Reply>> Connection::Exchange(const std::vector<std::string>& commands,
                                                        Deadline deadline) {
  std::string wire;
  for (const std::string& command : commands) wire += command;
  if (absl::Status sent = stream_->Write(wire, deadline); !sent.ok()) return sent;
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) {
    absl::StatusOr<Reply> reply = Receive(deadline);
    if (!reply.ok()) return reply.status();
    replies.push_back(*std::move(reply));
  }
  return replies;
}

absl::StatusOr<Reply> Connection::Receive(Deadline deadline) {
  std::size_t received = 0;
  for (;;) {
    void* taken = nullptr;
    if (redisReaderGetReply(reader_.get(), &taken) != REDIS_OK) {
      return absl::UnavailableError("the answer is not of Redis's protocol");
    }
    const std::unique_ptr<redisReply, ReplyFree> reply(static_cast<redisReply*>(taken));
    if (reply != nullptr) return Convert(*reply, false);
    if (received > kMaxReplyBytes) return absl::UnavailableError("the answer is too large");
    char buffer[kReadBytes];
    absl::StatusOr<std::size_t> size = stream_->Read(buffer, sizeof(buffer), deadline);
    if (!size.ok()) return size.status();
    received += *size;
    redisReaderFeed(reader_.get(), buffer, *size);
  }
}

}  // namespace fireworks::redis
