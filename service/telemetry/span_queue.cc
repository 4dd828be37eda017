#include "service/telemetry/span_queue.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace fireworks::telemetry {

using std::chrono::steady_clock;

SpanQueue::SpanQueue(std::unique_ptr<Exporter> exporter, const SpanQueueOptions& options,
                     std::function<void(bool)> on_export)
    : exporter_(std::move(exporter)),
      options_(options),
      on_export_(std::move(on_export)),
      thread_([this] { Run(); }) {}

SpanQueue::~SpanQueue() { Close(); }

std::uint64_t SpanQueue::dropped() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return dropped_;
}

std::unique_ptr<SpanQueue::Recordable> SpanQueue::MakeRecordable() noexcept {
  return exporter_->MakeRecordable();
}

void SpanQueue::OnStart(Recordable&, const opentelemetry::trace::SpanContext&) noexcept {}

void SpanQueue::OnEnd(std::unique_ptr<Recordable>&& span) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  if (closing_ || waiting_.size() >= options_.max_spans) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(span));
  if (waiting_.size() == options_.max_batch) wake_.notify_one();
}

bool SpanQueue::ForceFlush(std::chrono::microseconds) noexcept { return true; }

bool SpanQueue::Shutdown(std::chrono::microseconds) noexcept {
  Close();
  return true;
}

void SpanQueue::Close() {
  std::lock_guard<std::mutex> closing(close_mutex_);
  if (!thread_.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
    flush_until_ = steady_clock::now() + options_.flush_time;
  }
  wake_.notify_one();
  thread_.join();
  exporter_->Shutdown(std::chrono::milliseconds(1));
}

void SpanQueue::Run() {
  pthread_setname_np(pthread_self(), "spans");
  for (Batch batch = Take(); !batch.empty(); batch = Take()) Export(std::move(batch));
}

SpanQueue::Batch SpanQueue::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!closing_ && waiting_.size() < options_.max_batch) {
    const bool woken = wake_.wait_for(lock, options_.interval, [this] {
      return closing_ || waiting_.size() >= options_.max_batch;
    });
    if (!woken && !waiting_.empty()) break;
  }
  if (closing_ && steady_clock::now() >= flush_until_) {
    dropped_ += waiting_.size();
    waiting_.clear();
  }
  const auto end = waiting_.begin() +
                   static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.max_batch));
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

void SpanQueue::Export(Batch batch) {
  const std::size_t size = batch.size();
  const auto result = exporter_->Export({batch.data(), batch.size()});
  const bool delivered = result == opentelemetry::sdk::common::ExportResult::kSuccess;
  if (!delivered) {
    std::lock_guard<std::mutex> lock(mutex_);
    dropped_ += size;
  }
  on_export_(delivered);
}

}  // namespace fireworks::telemetry
