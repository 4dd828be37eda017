#include "service/telemetry/http_pages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "civetweb.h"

namespace fireworks::telemetry {
namespace {

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kOk = 200;

// A page is never kept, is what it says it is, and runs nothing.
constexpr char kHeaders[] =
    "cache-control: no-store\r\n"
    "content-security-policy: default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'\r\n"
    "x-content-type-options: nosniff\r\n"
    "referrer-policy: no-referrer\r\n"
    "connection: close\r\n\r\n";

void Send(mg_connection* connection, absl::string_view status, const HttpPage& page,
          bool with_body) {
  std::string answer = absl::StrCat("HTTP/1.1 ", status, "\r\ncontent-type: ", page.content_type,
                                    "\r\ncontent-length: ", page.body.size(), "\r\n", kHeaders);
  if (with_body) answer += page.body;
  mg_write(connection, answer.data(), answer.size());
}

int SilenceLog(const mg_connection*, const char*) { return 1; }

}  // namespace

absl::StatusOr<std::unique_ptr<HttpPages>> HttpPages::Listen(const std::string& address) {
  const char* options[] = {"listening_ports",    address.c_str(), "num_threads", "4",
                           "request_timeout_ms", "10000",         nullptr};
  mg_callbacks callbacks{};
  // It would write what strangers send to standard error, which is for JSON lines.
  callbacks.log_message = SilenceLog;
  mg_context* context = mg_start(&callbacks, nullptr, options);
  if (context == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics on ", address));
  }
  return std::unique_ptr<HttpPages>(new HttpPages(context));
}

HttpPages::~HttpPages() { mg_stop(context_); }

void HttpPages::Add(const std::string& path, Render render) {
  pages_.push_back({path, std::move(render)});
  mg_set_request_handler(context_, path.c_str(), &HttpPages::Answer, &pages_.back());
}

int HttpPages::port() const {
  mg_server_port port{};
  return mg_get_server_ports(context_, 1, &port) == 1 ? port.port : 0;
}

int HttpPages::Answer(mg_connection* connection, void* page) {
  const Page& asked = *static_cast<const Page*>(page);
  const mg_request_info& request = *mg_get_request_info(connection);
  const absl::string_view method = request.request_method;
  // The server takes what lies below a path for the path.
  if (request.local_uri == nullptr || asked.path != request.local_uri) {
    Send(connection, "404 Not Found", {"text/plain", "no such page\n"}, true);
    return kNotFound;
  }
  if (method != "GET" && method != "HEAD") {
    Send(connection, "405 Method Not Allowed", {"text/plain", "GET only\n"}, true);
    return kMethodNotAllowed;
  }
  const char* query = request.query_string;
  Send(connection, "200 OK", asked.render(query == nullptr ? "" : query), method == "GET");
  return kOk;
}

}  // namespace fireworks::telemetry
