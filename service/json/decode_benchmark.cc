// What one chunk of a chat stream costs.
#include "benchmark/benchmark.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "nlohmann/json.hpp"
#include "service/json/decode.h"
#include "service/json/encode.h"

namespace fireworks::json {
namespace {

using inference::v1::ChatCompletionStreamResponse;

constexpr absl::string_view kChunk =
    R"({"id":"3f0e6b4c-6d0e-4b1f-9a55-0c6a1d1f2b3c","object":"chat.completion.chunk",)"
    R"("created":1748501234,"model":"accounts/fireworks/models/m",)"
    R"("choices":[{"index":0,"delta":{"content":" hello"},"finish_reason":null}],"usage":null})";

const Schema& TheSchema() {
  static const auto* const schema = new std::unique_ptr<const Schema>(
      *Schema::Compile({ChatCompletionStreamResponse::descriptor()}));
  return **schema;
}

void BM_DecodeChunk(benchmark::State& state) {
  const MessageTable& table = *TheSchema().Find(ChatCompletionStreamResponse::descriptor());
  ChatCompletionStreamResponse message;
  Decoder decoder;
  for (auto _ : state) {
    if (!decoder.Decode(table, kChunk, {}, &message, nullptr).ok()) state.SkipWithError("decode");
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(state.iterations() * kChunk.size());
}
BENCHMARK(BM_DecodeChunk);

// The parser alone, for comparison.
void BM_AcceptChunk(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::accept(kChunk));
}
BENCHMARK(BM_AcceptChunk);

void BM_EncodeChunk(benchmark::State& state) {
  const MessageTable& table = *TheSchema().Find(ChatCompletionStreamResponse::descriptor());
  ChatCompletionStreamResponse message;
  if (!Decode(table, kChunk, {}, &message, nullptr).ok()) state.SkipWithError("decode");
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!Encode(table, message, {}, &out).ok()) state.SkipWithError("encode");
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(BM_EncodeChunk);

}  // namespace
}  // namespace fireworks::json

BENCHMARK_MAIN();
