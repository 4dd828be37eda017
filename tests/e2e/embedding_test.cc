// Embeddings, reranking and the catalog of models.
#include <string>

#include "fireworks/inference/v1/embedding_service.grpc.pb.h"
#include "fireworks/inference/v1/model_catalog_service.grpc.pb.h"
#include "fireworks/inference/v1/rerank_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/inference_fixture.h"

namespace fireworks::e2e {
namespace {

using fireworks::inference::v1::EmbeddingRequest;
using fireworks::inference::v1::EmbeddingResponse;
using fireworks::inference::v1::EmbeddingService;
using fireworks::inference::v1::ModelCatalogService;
using fireworks::inference::v1::RerankRequestBody;
using fireworks::inference::v1::RerankResponse;
using fireworks::inference::v1::RerankService;
using nlohmann::json;

class EmbeddingTest : public InferenceTest {
 protected:
  EmbeddingResponse Embed(EmbeddingRequest request) {
    request.set_model("accounts/fireworks/models/embedding-small");
    CallContext context;
    EmbeddingResponse response;
    const grpc::Status status =
        Stub<EmbeddingService>()->CreateEmbedding(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    sent_ = json::parse(SentBody(context));
    prompt_tokens_ = context.Trailer("x-usage-prompt-tokens");
    return response;
  }

  json sent_;
  std::string prompt_tokens_;
};

TEST_F(EmbeddingTest, OneVectorForEachText) {
  EmbeddingRequest request;
  auto* texts = request.mutable_input()->mutable_texts();
  for (const char* text : {"one", "two"}) texts->add_values(text);
  request.set_dimensions(5);
  const EmbeddingResponse response = Embed(request);
  ASSERT_EQ(response.data_size(), 2);
  EXPECT_EQ(response.data(1).index(), 1);
  EXPECT_EQ(response.data(1).embedding().numbers().values_size(), 5);
  EXPECT_NE(response.data(0).embedding().numbers().values(0),
            response.data(1).embedding().numbers().values(0));
  EXPECT_EQ(prompt_tokens_, std::to_string(response.usage().prompt_tokens()));
}

TEST_F(EmbeddingTest, InputsOfEveryFormTravel) {
  EmbeddingRequest text;
  text.mutable_input()->set_text("one");
  Embed(text);
  EXPECT_EQ(sent_["input"], "one");
  EmbeddingRequest tokens;
  tokens.mutable_input()->mutable_token_id_lists()->add_values()->add_values(7);
  Embed(tokens);
  EXPECT_EQ(sent_["input"], json::parse("[[7]]"));
  EmbeddingRequest object;
  object.mutable_input()->set_structured(R"([{"q":"a"}])");
  object.set_prompt_template("{{q}}");
  Embed(object);
  EXPECT_EQ(sent_["input"], json::parse(R"([{"q":"a"}])"));
}

TEST_F(EmbeddingTest, Base64AndLogits) {
  EmbeddingRequest request;
  request.mutable_input()->set_text("one");
  request.set_encoding_format("base64");
  EXPECT_NE(Embed(request).data(0).embedding().base64(), "");
  EmbeddingRequest logits;
  logits.mutable_input()->set_text("one");
  logits.mutable_return_logits();
  EXPECT_EQ(Embed(logits).data(0).embedding().numbers().values_size(), 16);
  EXPECT_EQ(sent_["return_logits"], json::array());
}

TEST_F(EmbeddingTest, RerankOrdersDocuments) {
  RerankRequestBody request;
  request.set_query("red apples");
  for (const char* text : {"green pears", "red apples"}) request.add_documents(text);
  CallContext context;
  RerankResponse response;
  const grpc::Status status = Stub<RerankService>()->Rerank(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.data_size(), 2);
  EXPECT_EQ(response.data(0).index(), 1);
  EXPECT_EQ(response.data(0).relevance_score(), 1);
  EXPECT_EQ(response.data(0).document(), "red apples");
  EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"),
            std::to_string(response.usage().prompt_tokens()));
}

TEST_F(EmbeddingTest, CatalogListsModels) {
  CallContext context;
  fireworks::inference::v1::ListModelsResponse response;
  const grpc::Status status = Stub<ModelCatalogService>()->ListModels(
      &context, fireworks::inference::v1::ListModelsRequest(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_GT(response.data_size(), 0);
  EXPECT_EQ(response.data(0).object(), "model");
  EXPECT_TRUE(response.data(0).has_supports_chat());
  EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"), "");
}

}  // namespace
}  // namespace fireworks::e2e
