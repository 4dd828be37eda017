#include "service/redis/quota_script.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "service/access/local_quota_store.h"

namespace fireworks::redis {

// Buckets are as access::TokenBucket has them, but count in microseconds, as Redis does:
// 60 million parts make a unit. Lua's numbers are exact up to 2^53 parts, which is full at
// 2.4 million a minute with the largest debt; beyond that they round by a fraction of a unit.
const char kQuotaScript[] = R"lua(
-- KEYS[1]: a hash with all there is of one quota:
--   calls, tokens: "<parts in the bucket> <when, in microseconds>"
--   s:<replica>:   "<streams that it runs> <until when that counts>"
-- ARGV: question, replica, lease in ms, now in us or '', then the question's numbers.
-- Answers {0, 0}, or why not and in how many us: {1, 0} streams, {2, us} tokens, {3, us} calls.
local key, question, replica = KEYS[1], ARGV[1], ARGV[2]
local lease = tonumber(ARGV[3]) * 1000
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local PARTS, MAX_DEBT_MINUTES = 60000000, 60

local function number(index) return tonumber(ARGV[4 + index]) end

-- The key is kept for so long from now, if not longer already.
local function keep_for(microseconds)
  local milliseconds = math.ceil(microseconds / 1000)
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
end

local function level_of(field, limit)
  local full = PARTS * limit
  local level, at = string.match(redis.call('HGET', key, field) or '', '^(%-?%d+) (%d+)$')
  if not level then return full end
  level = tonumber(level) + math.max(0, now - tonumber(at)) * limit
  return math.min(math.max(level, -MAX_DEBT_MINUTES * full), full)
end

-- A full bucket is as good as none. A minute more, should the limit change.
local function set_level(field, level, limit)
  level = math.max(level, -MAX_DEBT_MINUTES * PARTS * limit)
  redis.call('HSET', key, field, string.format('%.0f %.0f', level, now))
  keep_for((PARTS * limit - level) / limit + 60000000)
end

local function until_one(level, limit) return math.ceil((PARTS - level) / limit) end

-- Streams that run, everywhere and here. Forgets those of replicas that are gone.
local function count_streams()
  local all, here = 0, 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local whose = string.match(fields[i], '^s:(.*)$')
    if whose then
      local streams, expiry = string.match(fields[i + 1], '^(%d+) (%d+)$')
      if tonumber(expiry) <= now then
        redis.call('HDEL', key, fields[i])
      else
        all = all + tonumber(streams)
        if whose == replica then here = tonumber(streams) end
      end
    end
  end
  return all, here
end

local function set_streams(count)
  if count > 0 then
    redis.call('HSET', key, 's:' .. replica, string.format('%.0f %.0f', count, now + lease))
    keep_for(lease)
  else
    redis.call('HDEL', key, 's:' .. replica)
  end
end

if question == 'acquire' then
  local is_stream, max_streams, max_tokens, max_calls = number(1), number(2), number(3), number(4)
  local tokens, calls
  -- First all questions, so that a refusal takes nothing.
  local all, here = 0, 0
  if is_stream > 0 then
    all, here = count_streams()
    if max_streams > 0 and all >= max_streams then return {1, 0} end
  end
  if max_tokens > 0 then
    tokens = level_of('tokens', max_tokens)
    if tokens < PARTS then return {2, until_one(tokens, max_tokens)} end
  end
  if max_calls > 0 then
    calls = level_of('calls', max_calls)
    if calls < PARTS then return {3, until_one(calls, max_calls)} end
    set_level('calls', calls - PARTS, max_calls)
  end
  if tokens then set_level('tokens', tokens, max_tokens) end
  if is_stream > 0 then set_streams(here + 1) end
elseif question == 'release' then
  local is_stream, max_tokens, used = number(1), number(2), number(3)
  if max_tokens > 0 and used > 0 then
    set_level('tokens', level_of('tokens', max_tokens) - PARTS * used, max_tokens)
  end
  if is_stream > 0 then
    local _, here = count_streams()
    set_streams(here - 1)
  end
else
  count_streams()
  set_streams(number(1))
end
return {0, 0}
)lua";

std::string QuotaScript::Ask(absl::string_view hash, absl::string_view key, absl::string_view what,
                             Now now, const std::vector<std::int64_t>& numbers) const {
  std::vector<std::string> words{"EVALSHA", std::string(hash), "1", absl::StrCat(prefix_, key),
                                 std::string(what), replica_, absl::StrCat(lease_.count()),
                                 now ? absl::StrCat(*now) : ""};
  for (const std::int64_t number : numbers) words.push_back(absl::StrCat(number));
  return FormatCommand({words.begin(), words.end()});
}

std::string QuotaScript::Acquire(absl::string_view hash, const access::QuotaCall& call,
                                 Now now) const {
  return Ask(hash, call.key, "acquire", now,
             {call.stream ? 1 : 0, call.limits.concurrent_streams, call.limits.tokens_per_minute,
              call.limits.requests_per_minute});
}

std::string QuotaScript::Release(absl::string_view hash, const access::QuotaCall& call,
                                 std::int64_t tokens, Now now) const {
  return Ask(hash, call.key, "release", now,
             {call.stream ? 1 : 0, call.limits.tokens_per_minute, tokens});
}

std::string QuotaScript::Renew(absl::string_view hash, absl::string_view key, std::int64_t streams,
                               Now now) const {
  return Ask(hash, key, "renew", now, {streams});
}

absl::StatusOr<absl::optional<access::QuotaRefusal>> ReadAnswer(
    const Reply& reply, const access::QuotaLimits& limits) {
  using Limit = access::QuotaRefusal::Limit;
  const bool is_pair = reply.list.size() == 2 && reply.list[0].kind == Reply::Kind::kInteger &&
                       reply.list[1].kind == Reply::Kind::kInteger;
  const std::int64_t why = is_pair ? reply.list[0].integer : -1;
  const absl::Duration wait = absl::Microseconds(is_pair ? reply.list[1].integer : 0);
  switch (why) {
    case 0:
      return absl::optional<access::QuotaRefusal>();
    case 1:
      return absl::make_optional(access::QuotaRefusal{Limit::kConcurrentStreams,
                                                      limits.concurrent_streams,
                                                      access::LocalQuotaStore::kStreamRetry});
    case 2:
      return absl::make_optional(
          access::QuotaRefusal{Limit::kTokensPerMinute, limits.tokens_per_minute, wait});
    case 3:
      return absl::make_optional(
          access::QuotaRefusal{Limit::kRequestsPerMinute, limits.requests_per_minute, wait});
    default:
      return absl::UnavailableError("the answer is none of the script's");
  }
}

}  // namespace fireworks::redis
