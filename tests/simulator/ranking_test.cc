// Embeddings and reranking.
#include <cmath>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/embedding.h"
#include "tests/simulator/rerank.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

Json Embed(const std::string& members) {
  const Json body = Json::parse(R"({"model":"m",)" + members + "}");
  EXPECT_TRUE(ValidateEmbeddingRequest(body, false).empty()) << members;
  return Json::parse(EmbeddingBody(body));
}

TEST(EmbeddingTest, OneVectorForEachInput) {
  EXPECT_EQ(Embed(R"("input":"a")")["data"].size(), 1u);
  EXPECT_EQ(Embed(R"("input":[1,2,3])")["data"].size(), 1u);
  EXPECT_EQ(Embed(R"("input":[[1],[2]])")["data"].size(), 2u);
  EXPECT_EQ(Embed(R"("input":[{"q":"a"},{"q":"b"}])")["data"].size(), 2u);
  const Json answer = Embed(R"("input":["a","b","a"])");
  ASSERT_EQ(answer["data"].size(), 3u);
  EXPECT_EQ(answer["data"][2]["index"], 2);
  EXPECT_EQ(answer["data"][0]["embedding"], answer["data"][2]["embedding"]);
  EXPECT_NE(answer["data"][0]["embedding"], answer["data"][1]["embedding"]);
}

TEST(EmbeddingTest, SizeAndFormOfVectors) {
  EXPECT_EQ(Embed(R"("input":"a","dimensions":3)")["data"][0]["embedding"].size(), 3u);
  EXPECT_EQ(Embed(R"("input":"a","return_logits":[7,9])")["data"][0]["embedding"].size(), 2u);
  EXPECT_EQ(Embed(R"("input":"a","return_logits":[])")["data"][0]["embedding"].size(), 16u);
  const Json base64 = Embed(R"("input":"a","dimensions":3,"encoding_format":"base64")");
  EXPECT_EQ(base64["data"][0]["embedding"].get<std::string>().size(), 16u);
  double squares = 0;
  const Json normal = Embed(R"("input":"a","normalize":true)");
  for (const double element : normal["data"][0]["embedding"]) squares += element * element;
  EXPECT_NEAR(squares, 1, 1e-9);
}

TEST(EmbeddingTest, RefusesWhatTheEngineRefuses) {
  for (const char* members : {R"("input":[])", R"("input":[1,"a"])", R"("input":"a","x":1)",
                              R"("input":"a","dimensions":0)", R"("user":"u")"}) {
    const Json body = Json::parse(std::string(R"({"model":"m",)") + members + "}");
    EXPECT_EQ(ValidateEmbeddingRequest(body, false).size(), 1u) << members;
  }
}

Json Rerank(const std::string& more) {
  const Json body = Json::parse(
      R"({"query":"red apples","documents":["green pears","red roses","Red apples!"])" + more + "}");
  EXPECT_TRUE(ValidateRerankRequest(body, false).empty()) << more;
  return Json::parse(RerankBody(body))["data"];
}

TEST(RerankTest, MostRelevantFirst) {
  const Json data = Rerank("");
  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data[0].dump(), R"({"index":2,"relevance_score":1.0,"document":"Red apples!"})");
  EXPECT_EQ(data[1]["index"], 1);
  EXPECT_EQ(data[2]["relevance_score"], 0.0);
}

TEST(RerankTest, FewerResultsWithoutDocuments) {
  const Json data = Rerank(R"(,"top_n":2,"return_documents":false)");
  ASSERT_EQ(data.size(), 2u);
  EXPECT_FALSE(data[0].contains("document"));
}

TEST(RerankTest, RefusesWhatTheEngineRefuses) {
  for (const char* body : {R"({"query":"q"})", R"({"query":"q","documents":[]})",
                           R"({"query":"q","documents":["d"],"x":1})"}) {
    EXPECT_EQ(ValidateRerankRequest(Json::parse(body), false).size(), 1u) << body;
  }
}

}  // namespace
}  // namespace fireworks::simulator
