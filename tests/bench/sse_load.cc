// What it costs to read the simulator's events with libcurl and nothing else, directly
// or through a proxy.
//
//   sse_load --url http://127.0.0.1:PORT --streams N --events N [--repeat N] ...
//
// Prints one JSON object; times are in microseconds. The CPU time is this process's own,
// or with --pid that one's.
#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/bench/process_stats.h"
#include "tests/bench/samples.h"
#include "tests/simulator/time_stamp.h"

ABSL_FLAG(std::string, url, "", "Base URL of the simulator, or of a proxy before it.");
ABSL_FLAG(int, streams, 64, "Streams that are open at a time.");
ABSL_FLAG(int, events, 1000, "Content events per stream.");
ABSL_FLAG(int, repeat, 1, "Streams one after the other in each place.");
ABSL_FLAG(int, spread_ms, 0, "The first streams start within so long, evenly.");
ABSL_FLAG(std::string, directives, "blast=1", "What the simulator is asked, beside events.");
ABSL_FLAG(int, pace_ms, 0, "Time between the events of a stream.");
ABSL_FLAG(bool, stamped, false, "Events carry times: the simulator is asked for them.");
ABSL_FLAG(int, pid, 0, "Process whose CPU time is reported; 0 for this one.");

namespace {

using fireworks::bench::Samples;
using std::chrono::steady_clock;

constexpr char kBody[] =
    R"({"model":"accounts/fireworks/models/benchmark","stream":true,)"
    R"("messages":[{"role":"user","content":"Count."}]})";

// Where streams run one after the other. The first one connects, and does not count in
// `first_events` when there are several.
struct Place {
  CURL* easy = nullptr;
  int left = 0;
  bool warm = false;
  steady_clock::time_point start;
  bool has_read = false;
  char last = 0;
  long events = 0;
  Samples latencies;
  Samples first_events;
};

// Counts blank lines: one per event.
void CountEvents(absl::string_view data, Place* place) {
  const char* const end = data.data() + data.size();
  for (const char* at = data.data(); at < end;) {
    const auto* newline =
        static_cast<const char*>(memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (newline == nullptr) break;
    const char before = newline == data.data() ? place->last : newline[-1];
    if (before == '\n') ++place->events;
    at = newline + 1;
  }
  place->last = end[-1];
}

// An event that comes in two pieces has no time; paced ones come whole.
void TakeTimes(absl::string_view data, Place* place) {
  const auto now = steady_clock::now();
  for (std::size_t end = data.find("\n\n"); end != absl::string_view::npos;
       end = data.find("\n\n")) {
    const auto written = fireworks::simulator::FindTimeStamp(data.substr(0, end));
    if (written) place->latencies.Add(now - *written);
    data.remove_prefix(end + 2);
  }
}

std::size_t OnData(char* data, std::size_t size, std::size_t count, void* user) {
  auto* place = static_cast<Place*>(user);
  const absl::string_view bytes(data, size * count);
  if (bytes.empty()) return 0;
  if (!place->has_read) {
    place->has_read = true;
    if (place->warm) place->first_events.Add(steady_clock::now() - place->start);
  }
  if (absl::GetFlag(FLAGS_stamped)) TakeTimes(bytes, place);
  CountEvents(bytes, place);
  return bytes.size();
}

// Runs transfers on one thread, by libcurl's socket interface: what an event costs does
// not grow with the number of streams.
class Loop {
 public:
  Loop() : multi_(curl_multi_init()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }
  ~Loop() {
    curl_multi_cleanup(multi_);
    close(epoll_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs all places' streams; the number that failed.
  int Run(std::vector<Place>* places) {
    std::size_t started = 0;
    for (std::size_t over = 0; over < places->size();) {
      for (; started < places->size() && (*places)[started].start <= steady_clock::now();
           ++started) {
        Begin(&(*places)[started]);
      }
      Turn(started < places->size() ? &(*places)[started].start : nullptr);
      over += Reap();
    }
    return failures_;
  }

 private:
  static int OnSocket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
    auto* loop = static_cast<Loop*>(user);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(loop->epoll_, EPOLL_CTL_DEL, fd, nullptr);
      return 0;
    }
    epoll_event event{};
    event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) |
                   ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    event.data.fd = fd;
    epoll_ctl(loop->epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    curl_multi_assign(loop->multi_, fd, loop);
    return 0;
  }

  static int OnTimer(CURLM*, long milliseconds, void* user) {
    auto* loop = static_cast<Loop*>(user);
    loop->has_due_ = milliseconds >= 0;
    loop->due_ = steady_clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  void Begin(Place* place) {
    place->start = steady_clock::now();
    place->has_read = false;
    curl_multi_add_handle(multi_, place->easy);
  }

  // Waits for sockets, the timer or `start`, and lets libcurl work.
  void Turn(const steady_clock::time_point* start) {
    auto until = steady_clock::now() + std::chrono::seconds(1);
    if (has_due_) until = std::min(until, due_);
    if (start != nullptr) until = std::min(until, *start);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::max<long>(0, wait.count())));
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi_, event.data.fd, what, &running_);
    }
    if (has_due_ && steady_clock::now() >= due_) {
      has_due_ = false;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running_);
    }
  }

  // Takes finished streams and begins the next in their places; how many places are over.
  std::size_t Reap() {
    std::size_t over = 0;
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      if (message->data.result != CURLE_OK) ++failures_;
      Place* place = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &place);
      curl_multi_remove_handle(multi_, easy);
      place->warm = true;
      if (--place->left > 0) {
        Begin(place);
      } else {
        curl_easy_cleanup(easy);
        ++over;
      }
    }
    return over;
  }

  CURLM* const multi_;
  const int epoll_;
  bool has_due_ = false;
  steady_clock::time_point due_;
  int running_ = 0;
  int failures_ = 0;
};

curl_slist* RequestHeaders() {
  curl_slist* headers = nullptr;
  for (const std::string& header :
       {std::string("authorization: Bearer benchmark"),
        std::string("content-type: application/json"),
        absl::StrCat("x-simulator: ", absl::GetFlag(FLAGS_directives),
                     absl::GetFlag(FLAGS_stamped) ? ";stamp=1" : "",
                     ";pace_ms=", absl::GetFlag(FLAGS_pace_ms),
                     ";events=", absl::GetFlag(FLAGS_events))}) {
    headers = curl_slist_append(headers, header.c_str());
  }
  return headers;
}

std::vector<Place> Places(const std::string& url, curl_slist* headers) {
  std::vector<Place> places(static_cast<std::size_t>(absl::GetFlag(FLAGS_streams)));
  const auto now = steady_clock::now();
  for (std::size_t i = 0; i < places.size(); ++i) {
    Place& place = places[i];
    place.left = absl::GetFlag(FLAGS_repeat);
    place.warm = place.left == 1;
    place.start = now + std::chrono::milliseconds(absl::GetFlag(FLAGS_spread_ms)) *
                            static_cast<int>(i) / static_cast<int>(places.size());
    place.easy = curl_easy_init();
    curl_easy_setopt(place.easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(place.easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(place.easy, CURLOPT_POSTFIELDS, kBody);
    curl_easy_setopt(place.easy, CURLOPT_BUFFERSIZE, 16L << 10);
    curl_easy_setopt(place.easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(place.easy, CURLOPT_WRITEFUNCTION, &OnData);
    curl_easy_setopt(place.easy, CURLOPT_WRITEDATA, &place);
    curl_easy_setopt(place.easy, CURLOPT_PRIVATE, &place);
  }
  return places;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::string url = absl::GetFlag(FLAGS_url) + "/inference/v1/chat/completions";
  curl_slist* const headers = RequestHeaders();
  std::vector<Place> places = Places(url, headers);
  const int pid = absl::GetFlag(FLAGS_pid);
  const double cpu_before = fireworks::bench::CpuSeconds(pid);
  const auto began = steady_clock::now();
  const int failures = Loop().Run(&places);
  const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
  long events = 0;
  Samples latencies;
  Samples first_events;
  for (const Place& place : places) {
    events += place.events;
    latencies.Add(place.latencies);
    first_events.Add(place.first_events);
  }
  std::cout << "{\"messages\":" << events << ",\"seconds\":" << seconds
            << ",\"cpu_seconds\":" << fireworks::bench::CpuSeconds(pid) - cpu_before
            << ",\"latency\":" << latencies.Json() << ",\"first\":" << first_events.Json()
            << ",\"failures\":" << failures << "}" << std::endl;
  curl_slist_free_all(headers);
  curl_global_cleanup();
  return failures > 0 ? 1 : 0;
}
