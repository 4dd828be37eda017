// What one event of a stream costs, by kinds of events: decoded as streams are,
// and the slow way that is kept for what is unusual.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "nlohmann/json.hpp"
#include "service/json/decode.h"
#include "service/json/encode.h"
#include "service/json/sax_decode.h"

namespace fireworks::json {
namespace {

using inference::v1::ChatCompletionStreamResponse;

std::string Chunk(absl::string_view delta, absl::string_view more = "") {
  return absl::StrCat(
      R"({"id":"3f0e6b4c-6d0e-4b1f-9a55-0c6a1d1f2b3c","object":"chat.completion.chunk",)",
      R"("created":1748501234,"model":"accounts/fireworks/models/m",)",
      R"("choices":[{"index":0,"delta":)", delta, R"(,"finish_reason":null}],"usage":null)", more,
      "}");
}

std::string Logprobs() {
  std::string tokens;
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(&tokens, i == 0 ? "" : ",", R"({"token":" tok)", i,
                    R"(","logprob":-1.2345678806304932,"bytes":[32,116,111,107]})");
  }
  return absl::StrCat(
      R"({"id":"c","choices":[{"index":0,"delta":{"content":" hello"},"logprobs":{"content":[)",
      R"({"token":" hello","logprob":-0.0123456789,"bytes":[32,104,101],"top_logprobs":[)", tokens,
      "]}]}}]}");
}

std::string LongAnswer() {
  std::string text;
  while (text.size() < 100'000) {
    text += R"(The quick brown fox, \"so to speak\", is 12 years old.\n)";
  }
  return Chunk(absl::StrCat(R"({"content":")", text, R"("})"));
}

const std::string& Text(int which) {
  static const auto* const texts = new std::vector<std::string>{
      Chunk(R"({"content":" hello"})"),
      Chunk(R"({"role":"assistant","content":null,"reasoning_content":" Let me think\n"})"),
      Chunk(R"({"tool_calls":[{"index":0,"id":"call_1","type":"function","function":)"
            R"({"name":"get_weather","arguments":"{\"city\": \"Zürich\", \"days\": 3}"}}]})"),
      Logprobs(),
      LongAnswer(),
      Chunk(R"({"content":" hello"})", R"(,"system_fingerprint":"fp_1","timing":{"a":[1,2.5]})"),
      Chunk(R"({"content":7})"),
  };
  return (*texts)[static_cast<std::size_t>(which)];
}

constexpr const char* kKinds = "content,reasoning,tool_call,logprobs,long,unknown_keys,drift";

void Kinds(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName(kKinds)->DenseRange(0, 6);
}

const MessageTable& Table() {
  static const auto* const schema = new std::unique_ptr<const Schema>(
      *Schema::Compile({ChatCompletionStreamResponse::descriptor()}));
  return *(*schema)->Find(ChatCompletionStreamResponse::descriptor());
}

void BM_Decode(benchmark::State& state) {
  const std::string& text = Text(static_cast<int>(state.range(0)));
  ChatCompletionStreamResponse message;
  Decoder decoder;
  for (auto _ : state) {
    if (!decoder.Decode(Table(), text, {}, &message, nullptr).ok()) state.SkipWithError("decode");
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_Decode)->Apply(Kinds);

// As streams are read: only texts that end something are decoded.
void BM_Skim(benchmark::State& state) {
  const std::string& text = Text(static_cast<int>(state.range(0)));
  FieldWatch watch;
  watch.Add(Table().type->FindFieldByName("usage"));
  watch.Add(Table().type->FindFieldByName("choices")->message_type()->FindFieldByName(
      "finish_reason"));
  ChatCompletionStreamResponse message;
  Drift drift;
  Decoder decoder;
  absl::optional<absl::string_view> wire;
  for (auto _ : state) {
    const auto skimmed =
        decoder.Skim(Table(), text, {}, watch, [&] { return &message; }, &drift, &wire);
    if (!skimmed.ok()) {
      state.SkipWithError("decode");
    }
    benchmark::DoNotOptimize(wire);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_Skim)->Apply(Kinds);

void BM_SaxDecode(benchmark::State& state) {
  const std::string& text = Text(static_cast<int>(state.range(0)));
  ChatCompletionStreamResponse message;
  MessageBuilder builder;
  Drift drift;
  for (auto _ : state) {
    if (!SaxDecode(Table(), text, 128, &builder, &message, &drift).ok()) {
      state.SkipWithError("decode");
    }
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_SaxDecode)->Apply(Kinds);

// nlohmann's parser alone.
void BM_Accept(benchmark::State& state) {
  const std::string& text = Text(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::accept(text));
}
BENCHMARK(BM_Accept)->Apply(Kinds);

// Protobuf's own parser alone, on the same message.
void BM_Parse(benchmark::State& state) {
  const std::string& text = Text(static_cast<int>(state.range(0)));
  ChatCompletionStreamResponse message;
  if (!Decode(Table(), text, {}, &message, nullptr).ok()) state.SkipWithError("decode");
  const std::string wire = message.SerializeAsString();
  for (auto _ : state) benchmark::DoNotOptimize(message.ParseFromString(wire));
}
BENCHMARK(BM_Parse)->Apply(Kinds);

void BM_Encode(benchmark::State& state) {
  ChatCompletionStreamResponse message;
  if (!Decode(Table(), Text(0), {}, &message, nullptr).ok()) state.SkipWithError("decode");
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!Encode(Table(), message, {}, &out).ok()) state.SkipWithError("encode");
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(BM_Encode);

}  // namespace
}  // namespace fireworks::json

BENCHMARK_MAIN();
