#include "service/redis/quota_store.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "openssl/rand.h"
#include "service/upstream/api_key_source.h"

namespace fireworks::redis {
namespace {

// Of one exchange, so that it stays far from its timeout.
constexpr std::size_t kMaxBatch = 256;
constexpr std::size_t kMaxRenewals = 128;
// Renewals of one lease, of which all but one may be lost.
constexpr int kRenewalsPerLease = 3;
constexpr std::size_t kMaxErrorBytes = 200;

// The replicas themselves, counted like streams: a question that can always be asked.
// No quota has the key, which would be two words.
constexpr char kReplicas[] = "replicas";

std::string NewReplicaName() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

absl::Status ErrorOf(const Reply& reply) {
  return absl::UnavailableError(
      absl::StrCat("Redis answers: ", reply.text.substr(0, kMaxErrorBytes)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<QuotaStore>> QuotaStore::Create(QuotaStoreOptions options) {
  const std::string& password_file = options.connection.password_file;
  if (!password_file.empty()) {
    absl::Status readable = upstream::ReadApiKeyFile(password_file, "password").status();
    if (!readable.ok()) return readable;
  }
  auto store = std::unique_ptr<QuotaStore>(new QuotaStore(std::move(options)));
  std::unique_lock<std::mutex> lock(store->mutex_);
  store->attempted_.wait(lock, [&] { return store->tried_; });
  lock.unlock();
  return store;
}

QuotaStore::QuotaStore(QuotaStoreOptions options)
    : options_(std::move(options)),
      script_(options_.key_prefix, NewReplicaName(), options_.stream_lease),
      local_(access::LocalQuotaStore::kDefaultMaxKeys, options_.local_now),
      thread_([this] { Run(); }) {}

QuotaStore::~QuotaStore() { Stop(); }

void QuotaStore::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    // Else who goes on asking could keep the thread from ending.
    shared_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// ---------------------------------------------------------------- any thread

void QuotaStore::Acquire(const access::QuotaCall& call, Answer answer) {
  if (Enqueue({call, answer, 0, Clock::now()})) return;
  DecideHere(call, answer);
}

void QuotaStore::Release(const access::QuotaCall& call, std::int64_t tokens) {
  if (Enqueue({call, nullptr, tokens, Clock::now()})) return;
  local_.Release(call, tokens);
}

bool QuotaStore::shared() {
  std::lock_guard<std::mutex> lock(mutex_);
  return shared_;
}

bool QuotaStore::Enqueue(Work work) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!shared_) return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void QuotaStore::DecideHere(const access::QuotaCall& call, const Answer& answer) {
  options_.on_local_answer();
  local_.Acquire(call, answer);
}

// ---------------------------------------------------------------- the thread

void QuotaStore::Run() {
  std::chrono::milliseconds backoff = options_.min_backoff;
  do {
    absl::StatusOr<std::unique_ptr<Connection>> connection = Connect();
    Settle(connection.status());
    const Clock::time_point began = Clock::now();
    if (connection.ok() && Serve(connection->get()).ok()) return;
    // A server that is lost as soon as it is found is not asked all the time.
    const bool lasted = connection.ok() && Clock::now() - began > options_.max_backoff;
    backoff = lasted ? options_.min_backoff : std::min(2 * backoff, options_.max_backoff);
  } while (Pause(backoff));
}

void QuotaStore::Settle(const absl::Status& attempt) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    shared_ = attempt.ok() && !stopping_;
  }
  Report(attempt);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    tried_ = true;
  }
  attempted_.notify_all();
}

absl::StatusOr<std::unique_ptr<Connection>> QuotaStore::Connect() {
  const Deadline deadline = Clock::now() + options_.connection.connect_timeout;
  auto connection = Connection::Connect(options_.connection);
  if (!connection.ok()) return connection.status();
  auto loaded =
      (*connection)->Exchange({FormatCommand({"SCRIPT", "LOAD", kQuotaScript})}, deadline);
  if (!loaded.ok()) return loaded.status();
  if (loaded->front().kind == Reply::Kind::kError) return ErrorOf(loaded->front());
  hash_ = loaded->front().text;
  // A server that cannot be written to, such as a full one, is as good as none.
  auto works =
      Exchange(connection->get(), {script_.Renew(hash_, kReplicas, 1, Now())}, deadline);
  if (!works.ok()) return works.status();
  return connection;
}

absl::Status QuotaStore::Serve(Connection* connection) {
  // What runs is told before anything is asked.
  next_renewal_ = Clock::now();
  renewals_.clear();
  std::vector<Work> batch;
  while (AwaitWork(&batch)) {
    absl::Status asked = Ask(connection, batch);
    if (!asked.ok()) {
      Report(asked);
      FallBack(batch);
      return asked;
    }
  }
  return absl::OkStatus();
}

bool QuotaStore::AwaitWork(std::vector<Work>* batch) {
  batch->clear();
  if (Clock::now() >= next_renewal_) ScheduleRenewals();
  std::unique_lock<std::mutex> lock(mutex_);
  if (renewals_.empty()) {
    wake_.wait_until(lock, next_renewal_, [this] { return stopping_ || !queue_.empty(); });
  }
  if (stopping_ && queue_.empty()) return false;
  while (!queue_.empty() && batch->size() < kMaxBatch) {
    batch->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return true;
}

void QuotaStore::ScheduleRenewals() {
  next_renewal_ = Clock::now() + options_.stream_lease / kRenewalsPerLease;
  const std::vector<std::string> running = local_.KeysWithStreams();
  std::set<std::string> keys(running.begin(), running.end());
  keys.insert(unsure_.begin(), unsure_.end());
  renewals_.assign(keys.begin(), keys.end());
  // Also when nothing runs: so that a lost connection is noticed.
  renewals_.push_back(kReplicas);
}

absl::Status QuotaStore::Ask(Connection* connection, const std::vector<Work>& batch) {
  const Clock::time_point since = batch.empty() ? Clock::now() : batch.front().since;
  std::vector<std::string> renewed;
  std::vector<std::string> commands;
  // First what ran before `batch`, which is what local_ knows now.
  while (!renewals_.empty() && renewed.size() < kMaxRenewals) {
    renewed.push_back(std::move(renewals_.front()));
    renewals_.pop_front();
    const std::string& key = renewed.back();
    const std::int64_t streams = key == kReplicas ? 1 : local_.streams(key);
    commands.push_back(script_.Renew(hash_, key, streams, Now()));
  }
  for (const Work& work : batch) {
    commands.push_back(Command(work));
    if (work.answer == nullptr) local_.Release(work.call, work.tokens);
  }
  if (commands.empty()) return absl::OkStatus();
  auto replies = Exchange(connection, commands, since + options_.command_timeout);
  if (!replies.ok()) return replies.status();

  // All are read before one is handed out: calls are answered once.
  std::vector<absl::optional<access::QuotaRefusal>> refusals;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto refusal = ReadAnswer((*replies)[renewed.size() + i], batch[i].call.limits);
    if (!refusal.ok()) return refusal.status();
    refusals.push_back(*std::move(refusal));
  }
  for (const std::string& key : renewed) unsure_.erase(key);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].answer == nullptr) continue;
    if (!refusals[i]) local_.Count(batch[i].call);
    batch[i].answer(refusals[i]);
  }
  return absl::OkStatus();
}

std::string QuotaStore::Command(const Work& work) const {
  return work.answer != nullptr ? script_.Acquire(hash_, work.call, Now())
                                : script_.Release(hash_, work.call, work.tokens, Now());
}

absl::StatusOr<std::vector<Reply>> QuotaStore::Exchange(Connection* connection,
                                                        const std::vector<std::string>& commands,
                                                        Deadline deadline) const {
  auto replies = connection->Exchange(commands, deadline);
  if (!replies.ok()) return replies.status();
  std::vector<std::size_t> unknown;
  std::vector<std::string> again{FormatCommand({"SCRIPT", "LOAD", kQuotaScript})};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!(*replies)[i].IsError("NOSCRIPT")) continue;
    unknown.push_back(i);
    again.push_back(commands[i]);
  }
  if (!unknown.empty()) {
    auto repeated = connection->Exchange(again, deadline);
    if (!repeated.ok()) return repeated.status();
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      (*replies)[unknown[i]] = std::move((*repeated)[i + 1]);
    }
  }
  for (const Reply& reply : *replies) {
    if (reply.kind == Reply::Kind::kError) return ErrorOf(reply);
  }
  return replies;
}

void QuotaStore::Report(const absl::Status& status) {
  if (reported_ == status.ok()) return;
  reported_ = status.ok();
  options_.on_change(status);
}

void QuotaStore::FallBack(const std::vector<Work>& batch) {
  // Streams that end from now on end without Redis, which must be told how many are left.
  for (std::string& key : local_.KeysWithStreams()) unsure_.insert(std::move(key));
  std::deque<Work> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    shared_ = false;
    waiting.swap(queue_);
  }
  for (const Work& work : batch) {
    // Redis may have done it or not.
    if (work.call.stream) unsure_.insert(work.call.key);
    if (work.answer != nullptr) DecideHere(work.call, work.answer);
  }
  for (const Work& work : waiting) {
    if (work.answer != nullptr) {
      DecideHere(work.call, work.answer);
    } else {
      local_.Release(work.call, work.tokens);
    }
  }
}

bool QuotaStore::Pause(std::chrono::milliseconds backoff) {
  // Replicas that lost Redis together do not come back together.
  absl::BitGen random;
  const std::chrono::milliseconds wait(
      absl::Uniform<std::int64_t>(absl::IntervalClosed, random, backoff.count() / 2,
                                  backoff.count()));
  std::unique_lock<std::mutex> lock(mutex_);
  return !wake_.wait_for(lock, wait, [this] { return stopping_; });
}

QuotaScript::Now QuotaStore::Now() const {
  if (!options_.redis_now) return absl::nullopt;
  return options_.redis_now();
}

}  // namespace fireworks::redis
