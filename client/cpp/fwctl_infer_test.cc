// `fwctl complete`, `embed` and `rerank` as users run them, against a scripted server.
#include <string>
#include <utility>
#include <vector>

#include "client/cpp/testing/fake_methods.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "fireworks/inference/v1/completion.pb.h"
#include "fireworks/inference/v1/embedding.pb.h"
#include "fireworks/inference/v1/rerank.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::CompletionRequest;
using fireworks::inference::v1::CompletionStreamResponse;
using fireworks::inference::v1::EmbeddingRequest;
using fireworks::inference::v1::EmbeddingResponse;
using fireworks::inference::v1::RerankRequestBody;
using fireworks::inference::v1::RerankResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Result = FwctlProcess::Result;

class FwctlInfer : public testing::Test {
 protected:
  Result Run(std::vector<std::string> arguments, const std::string& stdin_text = "") {
    FwctlProcess::Options options;
    options.arguments = std::move(arguments);
    options.environment = {{"FWCTL_TARGET", fake_.target()}, {"FWCTL_MODEL", "m"}};
    options.stdin_text = stdin_text;
    return RunFwctl(options);
  }

  Received<CompletionRequest> completions_;
  Received<EmbeddingRequest> embeddings_;
  Received<RerankRequestBody> rerankings_;
  FakeMethods fake_{{
      {"fireworks.inference.v1.CompletionService/StreamCompletion",
       [this](const ReceivedCall& call) {
         completions_.Add(call.As<CompletionRequest>());
         CompletionStreamResponse first;
         first.add_choices()->set_text("a time");
         auto* other = first.add_choices();
         other->set_index(1);
         other->set_text("another choice");
         CompletionStreamResponse second;
         second.add_choices()->set_text(" ago");
         return Answer({&first, &second});
       }},
      {"fireworks.inference.v1.EmbeddingService/CreateEmbedding",
       [this](const ReceivedCall& call) {
         embeddings_.Add(call.As<EmbeddingRequest>());
         EmbeddingResponse response;
         // The last text's comes first.
         for (int i = embeddings_.last().input().texts().values_size() - 1; i >= 0; --i) {
           response.add_data()->set_index(i);
           auto* numbers =
               response.mutable_data()->rbegin()->mutable_embedding()->mutable_numbers();
           numbers->add_values(i);
           numbers->add_values(-0.25);
         }
         return Answer(response);
       }},
      {"fireworks.inference.v1.RerankService/Rerank",
       [this](const ReceivedCall& call) {
         rerankings_.Add(call.As<RerankRequestBody>());
         RerankResponse response;
         for (const int index : {1, 0, 7}) {
           auto* result = response.add_data();
           result->set_index(index);
           result->set_relevance_score(0.5);
         }
         return Answer(response);
       }},
  }};
};

TEST_F(FwctlInfer, CompletePrintsTheFirstChoice) {
  const Result result = Run({"complete", "--max-tokens=3", "Once", "upon"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "a time ago\n");
  EXPECT_EQ(completions_.last().model(), "m");
  EXPECT_EQ(completions_.last().prompt().text(), "Once upon");
  EXPECT_EQ(completions_.last().max_tokens(), 3);
}

TEST_F(FwctlInfer, CompleteTakesStdinToo) {
  Run({"complete"}, "Once\n");
  EXPECT_EQ(completions_.last().prompt().text(), "Once");
}

TEST_F(FwctlInfer, EmbedPrintsALinePerText) {
  const Result result = Run({"embed", "--model=e", "--dimensions=2", "a cat", "a dog"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "[0, -0.25]\n[1, -0.25]\n");
  EXPECT_EQ(embeddings_.last().model(), "e");
  EXPECT_EQ(embeddings_.last().dimensions(), 2);
  EXPECT_THAT(embeddings_.last().input().texts().values(), ElementsAre("a cat", "a dog"));
}

TEST_F(FwctlInfer, LinesOfStdinAreTexts) {
  Run({"embed", "--model=e", "-"}, "one\n\ntwo\n");
  EXPECT_THAT(embeddings_.last().input().texts().values(), ElementsAre("one", "two"));
}

TEST_F(FwctlInfer, RerankShowsTheDocuments) {
  const Result result = Run({"rerank", "--model=r", "--top", "3", "query", "far", "near"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            " SCORE  INDEX  DOCUMENT\n"
            "0.5000      1  near\n"
            "0.5000      0  far\n"
            "0.5000      7  -\n");
  EXPECT_EQ(rerankings_.last().query(), "query");
  EXPECT_EQ(rerankings_.last().top_n(), 3);
}

TEST_F(FwctlInfer, JsonIsTheWholeAnswer) {
  const auto answer =
      nlohmann::json::parse(Run({"rerank", "--json", "--model=r", "query", "far"}).out);
  EXPECT_EQ(answer["data"][0]["index"], 1);
}

TEST_F(FwctlInfer, WhatIsMissingIsTold) {
  EXPECT_THAT(Run({"embed", "text"}).err, HasSubstr("--model is missing"));
  EXPECT_THAT(Run({"rerank", "--model=r"}).err, HasSubstr("a query is missing"));
  EXPECT_EQ(Run({"rerank", "--model=r", "query"}).exit_code, 2);
  EXPECT_EQ(Run({"embed", "--model=e", "--dimensions=0", "text"}).exit_code, 2);
  EXPECT_EQ(Run({"complete", ""}).exit_code, 2);
}

}  // namespace
}  // namespace fireworks::client
