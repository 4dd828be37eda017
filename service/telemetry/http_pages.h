// Pages for operators over plain HTTP: metrics, status.
#ifndef FIREWORKS_SERVICE_TELEMETRY_HTTP_PAGES_H_
#define FIREWORKS_SERVICE_TELEMETRY_HTTP_PAGES_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct mg_connection;
struct mg_context;

namespace fireworks::telemetry {

struct HttpPage {
  std::string content_type;
  std::string body;
};

// Answers GET and HEAD for a few paths; there is nothing else to be had. Each request has
// a connection of its own and ten seconds, and few are served at a time, so that readers
// that stall hold up other readers for a while and nothing else of the process.
class HttpPages {
 public:
  // Makes the page for a query, which is what follows `?` and as strange as whoever asks
  // wants. Called on threads of this, several at a time; must not throw.
  using Render = std::function<HttpPage(absl::string_view query)>;

  // Listens on `address`, with port 0 on a free port. UNAVAILABLE when that is taken.
  static absl::StatusOr<std::unique_ptr<HttpPages>> Listen(const std::string& address);
  // Waits for the pages that are being made.
  ~HttpPages();

  HttpPages(const HttpPages&) = delete;
  HttpPages& operator=(const HttpPages&) = delete;

  // Serves `render` under `path`, from now on. By one thread.
  void Add(const std::string& path, Render render);

  int port() const;

 private:
  struct Page {
    std::string path;
    Render render;
  };

  explicit HttpPages(mg_context* context) : context_(context) {}

  static int Answer(mg_connection* connection, void* page);

  std::deque<Page> pages_;  // never moved: the server points to them
  mg_context* const context_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_HTTP_PAGES_H_
