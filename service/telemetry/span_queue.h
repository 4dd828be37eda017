// Spans on their way out: a bounded queue, and the one thread that exports it.
//
// In place of the library's own batches, which count no dropped span and whose shutdown
// has no bound.
#ifndef FIREWORKS_SERVICE_TELEMETRY_SPAN_QUEUE_H_
#define FIREWORKS_SERVICE_TELEMETRY_SPAN_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "opentelemetry/sdk/trace/exporter.h"
#include "opentelemetry/sdk/trace/processor.h"
#include "opentelemetry/sdk/trace/recordable.h"

namespace fireworks::telemetry {

struct SpanQueueOptions {
  std::size_t max_spans = 2048;
  std::size_t max_batch = 512;
  std::chrono::milliseconds interval{1'000};
  std::chrono::milliseconds flush_time{3'000};
};

// Thread-safe.
class SpanQueue final : public opentelemetry::sdk::trace::SpanProcessor {
 public:
  using Exporter = opentelemetry::sdk::trace::SpanExporter;
  using Recordable = opentelemetry::sdk::trace::Recordable;

  // `on_export` is told on the queue's thread how each export went.
  SpanQueue(std::unique_ptr<Exporter> exporter, const SpanQueueOptions& options,
            std::function<void(bool delivered)> on_export);
  ~SpanQueue() override;

  // Spans that ended and were not delivered.
  std::uint64_t dropped() const;

  // Exports what waits, for flush_time; then an export that runs is waited for, and the
  // rest is dropped. Idempotent.
  void Close();

  // Of the library.
  std::unique_ptr<Recordable> MakeRecordable() noexcept override;
  void OnStart(Recordable& span,
               const opentelemetry::trace::SpanContext& parent) noexcept override;
  void OnEnd(std::unique_ptr<Recordable>&& span) noexcept override;
  bool ForceFlush(std::chrono::microseconds timeout) noexcept override;
  bool Shutdown(std::chrono::microseconds timeout) noexcept override;

 private:
  using Batch = std::vector<std::unique_ptr<Recordable>>;

  void Run();
  // The next batch; empty when the queue is closed and nothing more may go.
  Batch Take();
  void Export(Batch batch);

  const std::unique_ptr<Exporter> exporter_;
  const SpanQueueOptions options_;
  const std::function<void(bool)> on_export_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Batch waiting_;                                      // guarded by mutex_
  bool closing_ = false;                               // guarded by mutex_
  std::chrono::steady_clock::time_point flush_until_;  // guarded by mutex_
  std::uint64_t dropped_ = 0;                          // guarded by mutex_
  std::mutex close_mutex_;  // held by who closes
  std::thread thread_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_SPAN_QUEUE_H_
