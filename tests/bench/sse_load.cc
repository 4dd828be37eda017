// What it costs to read the simulator's events with libcurl and nothing else.
//
//   sse_load --url http://127.0.0.1:PORT --streams N --events N [--repeat N]
//
// Prints one JSON object; the CPU time is this process's own.
#include <curl/curl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, url, "", "Base URL of the simulator.");
ABSL_FLAG(int, streams, 64, "Streams that are open at a time.");
ABSL_FLAG(int, events, 1000, "Content events per stream.");
ABSL_FLAG(int, repeat, 1, "Streams one after the other in each place.");

namespace {

constexpr char kBody[] =
    R"({"model":"accounts/fireworks/models/benchmark","stream":true,)"
    R"("messages":[{"role":"user","content":"Count."}]})";

// Counts blank lines: one per event.
struct Counter {
  long events = 0;
  char last = 0;
};

size_t Count(char* data, size_t size, size_t count, void* user) {
  auto* counter = static_cast<Counter*>(user);
  const char* const end = data + size * count;
  for (const char* at = data; at < end;) {
    const char* newline = static_cast<const char*>(memchr(at, '\n', static_cast<size_t>(end - at)));
    if (newline == nullptr) break;
    const char before = newline == data ? counter->last : newline[-1];
    if (before == '\n') ++counter->events;
    at = newline + 1;
  }
  if (size * count > 0) counter->last = end[-1];
  return size * count;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = curl_multi_init();
  curl_slist* headers = nullptr;
  for (const std::string& header :
       {std::string("authorization: Bearer benchmark"), std::string("content-type: application/json"),
        absl::StrCat("x-simulator: blast=1;events=", absl::GetFlag(FLAGS_events))}) {
    headers = curl_slist_append(headers, header.c_str());
  }
  const std::string url = absl::GetFlag(FLAGS_url) + "/inference/v1/chat/completions";
  const int streams = absl::GetFlag(FLAGS_streams);
  std::vector<Counter> counters(static_cast<size_t>(streams));
  std::vector<int> left(static_cast<size_t>(streams), absl::GetFlag(FLAGS_repeat));
  const double cpu_before = CpuSeconds();
  const auto began = std::chrono::steady_clock::now();
  for (size_t i = 0; i < counters.size(); ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, kBody);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16L << 10);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Count);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &counters[i]);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &left[i]);
    curl_multi_add_handle(multi, easy);
  }
  int failures = 0;
  for (int running = streams; running > 0;) {
    curl_multi_perform(multi, &running);
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      if (message->data.result != CURLE_OK) ++failures;
      int* more = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &more);
      curl_multi_remove_handle(multi, easy);
      if (--*more > 0) {
        curl_multi_add_handle(multi, easy);
        ++running;
      } else {
        curl_easy_cleanup(easy);
      }
    }
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  long events = 0;
  for (const Counter& counter : counters) events += counter.events;
  std::cout << "{\"messages\":" << events << ",\"seconds\":" << seconds
            << ",\"cpu_seconds\":" << CpuSeconds() - cpu_before << ",\"failures\":" << failures
            << "}" << std::endl;
  curl_slist_free_all(headers);
  curl_multi_cleanup(multi);
  curl_global_cleanup();
  return failures > 0 ? 1 : 0;
}
