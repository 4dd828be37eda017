#include "tests/simulator/http_server.h"

#include <array>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t kMaxRequestBodyBytes = 64 << 20;
// How much a client may send ahead while its previous request is answered.
constexpr std::size_t kMaxPipelinedBytes = 64 << 10;
constexpr std::size_t kReadBytes = 16 << 10;

// Refuses what cannot be parsed and closes.
class RefusalReply : public Reply {
 public:
  explicit RefusalReply(int status) : status_(status) {}

  Step Next() override {
    if (written_) return Step::Close();
    written_ = true;
    return Step::Write(SerializeHead(status_, {{"content-length", "0"}, {"connection", "close"}}));
  }

 private:
  int status_;
  bool written_ = false;
};

class Session;

// What the connections share. Outlives them.
struct Shared {
  Handler handler;
  int send_buffer_bytes;
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::mutex mutex;
  std::unordered_set<Session*> sessions;  // guarded by `mutex`
};

// One connection. Everything but the constructor runs on the socket's strand.
// Pending operations share its ownership: it lives as long as one is pending,
// and one is pending as long as the socket is open.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared* shared)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), shared_(shared) {
    shared_->open.fetch_add(1);
    shared_->accepted.fetch_add(1);
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->sessions.insert(this);
  }

  ~Session() {
    Close(ReplyEnd::kAborted);
    shared_->open.fetch_sub(1);
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->sessions.erase(this);
  }

  void Run() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::send_buffer_size(shared_->send_buffer_bytes), ignored);
    socket_.non_blocking(true, ignored);
    parser_.emplace();
    PrepareParser();
    WaitReadable();
  }

  tcp::socket::executor_type executor() { return socket_.get_executor(); }

  // Callable from any thread.
  void Wake() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->phase_ == Phase::kWaiting) self->Advance();
    });
  }

  // Ends the connection. `end` is how the reply in progress ended, if one is.
  void Close(ReplyEnd end) {
    phase_ = Phase::kClosed;
    error_code ignored;
    timer_.cancel(ignored);
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    EndReply(end);
  }

 private:
  enum class Phase { kReading, kWriting, kWaiting, kClosed };

  void PrepareParser() {
    parser_->eager(true);
    parser_->body_limit(kMaxRequestBodyBytes);
  }

  // Waits rather than reads, so that an idle stream owns no read buffer.
  void WaitReadable() {
    if (waiting_readable_ || phase_ == Phase::kClosed) return;
    if (phase_ != Phase::kReading && received_.size() >= kMaxPipelinedBytes) return;
    waiting_readable_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      self->waiting_readable_ = false;
      self->OnReadable(error);
    });
  }

  void OnReadable(error_code error) {
    if (phase_ == Phase::kClosed) return;
    std::array<char, kReadBytes> bytes;
    const std::size_t size = error ? 0 : socket_.read_some(asio::buffer(bytes), error);
    if (error && error != asio::error::would_block && error != asio::error::try_again) {
      Close(ReplyEnd::kClientClosed);
      return;
    }
    received_.append(bytes.data(), size);
    if (phase_ == Phase::kReading) ParseReceived();
    WaitReadable();
  }

  void ParseReceived() {
    while (!parser_->is_done() && !received_.empty()) {
      error_code error;
      const std::size_t used = parser_->put(asio::buffer(received_), error);
      received_.erase(0, used);
      if (error == http::error::need_more) return;
      if (error) {
        Begin(std::make_unique<RefusalReply>(error == http::error::body_limit ? 413 : 400), false);
        return;
      }
    }
    if (parser_->is_done()) Dispatch();
  }

  void Dispatch() {
    auto message = parser_->release();
    parser_.reset();
    if (received_.empty()) received_.shrink_to_fit();
    if (message.version() != 11) {
      Begin(std::make_unique<RefusalReply>(505), false);
      return;
    }
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.keep_alive = message.keep_alive();
    request.body = std::move(message.body());
    const bool keep_alive = request.keep_alive;
    Begin(shared_->handler(std::move(request),
                           [weak = weak_from_this()] {
                             if (auto self = weak.lock()) self->Wake();
                           }),
          keep_alive);
  }

  void Begin(std::unique_ptr<Reply> reply, bool keep_alive) {
    reply_ = std::move(reply);
    keep_alive_ = keep_alive;
    Advance();
  }

  void Advance() {
    Step step = reply_->Next();
    switch (step.kind) {
      case Step::Kind::kWrite:
        Write(std::move(step));
        return;
      case Step::Kind::kWait:
        Wait(step);
        return;
      case Step::Kind::kEnd:
        NextRequest();
        return;
      case Step::Kind::kReset: {
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        // No shutdown first: that would send the orderly FIN.
        socket_.close(ignored);
        Close(ReplyEnd::kAborted);
        return;
      }
      case Step::Kind::kClose:
        Close(ReplyEnd::kAborted);
        return;
    }
  }

  void Write(Step step) {
    phase_ = Phase::kWriting;
    out_ = std::move(step.bytes);
    asio::async_write(
        socket_, asio::buffer(out_),
        [self = shared_from_this(), events = step.events](error_code error, std::size_t bytes) {
          self->OnWritten(error, bytes, events);
        });
  }

  void OnWritten(error_code error, std::size_t bytes, std::size_t events) {
    if (phase_ == Phase::kClosed) return;
    if (error) {
      Close(ReplyEnd::kClientClosed);
      return;
    }
    reply_->OnWritten(bytes, events);
    Advance();
  }

  void Wait(const Step& step) {
    phase_ = Phase::kWaiting;
    std::string().swap(out_);
    if (!step.timeout) return;
    timer_.expires_after(*step.timeout);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->phase_ == Phase::kWaiting) self->Advance();
    });
  }

  void NextRequest() {
    EndReply(ReplyEnd::kFinished);
    if (!keep_alive_) {
      Close(ReplyEnd::kFinished);
      return;
    }
    phase_ = Phase::kReading;
    parser_.emplace();
    PrepareParser();
    ParseReceived();
    WaitReadable();
  }

  void EndReply(ReplyEnd end) {
    if (reply_ == nullptr) return;
    reply_->OnEnd(end);
    reply_.reset();
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  Shared* const shared_;
  Phase phase_ = Phase::kReading;
  bool waiting_readable_ = false;
  bool keep_alive_ = true;
  // Received and not yet parsed.
  std::string received_;
  // Engaged while a request is being read.
  std::optional<http::request_parser<http::string_body>> parser_;
  std::unique_ptr<Reply> reply_;
  // What is being written.
  std::string out_;
};

}  // namespace

struct HttpServer::Core {
  explicit Core(int threads_wanted) : context(threads_wanted), acceptor(context), retry(context) {}

  absl::Status Listen(const HttpServerOptions& options) {
    error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error) return absl::InvalidArgumentError(absl::StrCat("bad address ", options.host));
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("listen on ", options.host, ":", options.port, ": ", error.message()));
    }
    port = acceptor.local_endpoint().port();
    return absl::OkStatus();
  }

  void Accept() {
    acceptor.async_accept(asio::make_strand(context), [this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        // Out of descriptors, most likely: others must close before more can come.
        retry.expires_after(std::chrono::milliseconds(10));
        retry.async_wait([this](error_code stopped) {
          if (!stopped) Accept();
        });
        return;
      }
      auto session = std::make_shared<Session>(std::move(socket), &shared);
      Session* const raw = session.get();
      asio::dispatch(raw->executor(), [session = std::move(session)] { session->Run(); });
      Accept();
    });
  }

  // Declared before the context: its pending operations own the sessions.
  Shared shared;
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  int port = 0;
  int thread_count = 1;
  std::vector<std::thread> threads;
};

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(const HttpServerOptions& options,
                                                               Handler handler) {
  auto core = std::make_unique<Core>(options.threads);
  core->shared.handler = std::move(handler);
  core->shared.send_buffer_bytes = options.send_buffer_bytes;
  if (absl::Status status = core->Listen(options); !status.ok()) return status;
  core->thread_count = options.threads;
  return std::make_unique<HttpServer>(std::move(core));
}

HttpServer::~HttpServer() {
  Stop();
}

void HttpServer::Serve() {
  core_->Accept();
  for (int i = 0; i < core_->thread_count; ++i) {
    core_->threads.emplace_back([context = &core_->context] { context->run(); });
  }
}

void HttpServer::Stop() {
  core_->context.stop();
  for (std::thread& thread : core_->threads) thread.join();
  core_->threads.clear();
  // No handler runs any more, so this thread may do what strands else guard.
  error_code ignored;
  core_->acceptor.close(ignored);
  std::vector<std::shared_ptr<Session>> sessions;
  {
    std::lock_guard<std::mutex> lock(core_->shared.mutex);
    for (Session* session : core_->shared.sessions) sessions.push_back(session->shared_from_this());
  }
  for (const auto& session : sessions) session->Close(ReplyEnd::kAborted);
}

int HttpServer::port() const {
  return core_->port;
}

ConnectionStats HttpServer::stats() const {
  return {core_->shared.open.load(), core_->shared.accepted.load()};
}

}  // namespace fireworks::simulator
