#include "service/server/metadata.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fireworks::server {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 128;
// Of a copied header, name and value; gRPC counts 32 more per entry.
constexpr std::size_t kEntryOverhead = 32;
constexpr std::size_t kMaxCopiedBytes = 2048;

constexpr absl::string_view kForwarded[] = {
    "x-session-affinity",          "x-multi-turn-session-id", "x-prompt-cache-isolation-key",
    "x-fireworks-account-id",      "traceparent",             "tracestate",
};

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Legal as a gRPC metadata key, and not one that gRPC keeps for itself or that
// would mean base64 (`-bin`).
bool IsLegalName(absl::string_view name) {
  const bool legal = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  return legal && !absl::StartsWith(name, "grpc-") && !absl::EndsWith(name, "-bin");
}

bool IsForTrailers(const upstream::Header& header) {
  return absl::StartsWith(header.name, "fireworks-") ||
         absl::StartsWith(header.name, "x-ratelimit-");
}

absl::string_view FirstValue(const grpc::CallbackServerContext& context, absl::string_view name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(grpc::string_ref(name.data(), name.size()));
  if (found == metadata.end()) return {};
  return absl::string_view(found->second.data(), found->second.size());
}

}  // namespace

std::string RequestId(const grpc::CallbackServerContext& context) {
  const absl::string_view given = FirstValue(context, "x-request-id");
  if (!given.empty() && given.size() <= kMaxRequestIdBytes && IsPrintable(given)) {
    return std::string(given);
  }
  thread_local absl::BitGen random;
  return absl::StrCat("req_", absl::Hex(absl::Uniform<std::uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<std::uint64_t>(random), absl::kZeroPad16));
}

std::vector<upstream::Header> ContextHeaders(const grpc::CallbackServerContext& context,
                                             const std::string& request_id) {
  std::vector<upstream::Header> headers;
  for (const absl::string_view name : kForwarded) {
    const absl::string_view value = FirstValue(context, name);
    if (value.empty() || !IsPrintable(value)) continue;
    headers.push_back({std::string(name), std::string(value)});
  }
  headers.push_back({"x-request-id", request_id});
  return headers;
}

void KeepForTrailers(upstream::ResponseHead* head) {
  std::vector<upstream::Header> kept;
  for (upstream::Header& header : head->headers) {
    if (IsForTrailers(header)) kept.push_back(std::move(header));
  }
  kept.shrink_to_fit();
  head->headers = std::move(kept);
}

void Trailers::Add(absl::string_view name, absl::string_view value) {
  if (!IsLegalName(name) || !IsPrintable(value)) {
    ++dropped_;
    return;
  }
  entries_.emplace_back(std::string(name), std::string(value));
}

void Trailers::AddNumber(absl::string_view name, std::int64_t value) {
  Add(name, absl::StrCat(value));
}

void Trailers::AddUpstream(const upstream::ResponseHead& head) {
  for (const upstream::Header& header : head.headers) {
    if (!IsForTrailers(header)) continue;
    const std::size_t bytes = header.name.size() + header.value.size() + kEntryOverhead;
    if (copied_bytes_ + bytes > kMaxCopiedBytes) {
      ++dropped_;
      continue;
    }
    copied_bytes_ += bytes;
    Add(header.name, header.value);
  }
}

}  // namespace fireworks::server
