#include "tests/e2e/fixtures.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fireworks/gateway/v1/batch_inference_job_service.grpc.pb.h"
#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "fireworks/inference/v1/chat_completion_service.grpc.pb.h"
#include "fireworks/inference/v1/completion_service.grpc.pb.h"
#include "fireworks/inference/v1/embedding_service.grpc.pb.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/model_catalog_service.grpc.pb.h"
#include "fireworks/inference/v1/rerank_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
namespace inference = fireworks::inference::v1;
using Json = nlohmann::ordered_json;
using Channel = std::shared_ptr<grpc::Channel>;
using Call = decltype(Fixture::call);

constexpr char kDone[] = "data: [DONE]\n\n";

template <typename Service, typename Request, typename Response>
Call Unary(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
           const Request& request) {
  return [method, request](const Channel& channel, CallContext* context) {
    auto response = std::make_unique<Response>();
    Answer answer;
    const auto stub = Service::NewStub(channel);
    answer.status = (stub.get()->*method)(context, request, response.get());
    answer.messages.push_back(std::move(response));
    return answer;
  };
}

template <typename Service, typename Request, typename Response>
Call Stream(std::unique_ptr<grpc::ClientReader<Response>> (Service::Stub::*method)(
                grpc::ClientContext*, const Request&),
            const Request& request) {
  return [method, request](const Channel& channel, CallContext* context) {
    Answer answer;
    const auto stub = Service::NewStub(channel);
    const auto reader = (stub.get()->*method)(context, request);
    auto message = std::make_unique<Response>();
    while (reader->Read(message.get())) {
      answer.messages.push_back(std::move(message));
      message = std::make_unique<Response>();
    }
    answer.status = reader->Finish();
    return answer;
  };
}

inference::EmbeddingRequest Embedding() {
  inference::EmbeddingRequest request;
  request.set_model(kChatModel);
  request.mutable_input()->set_text("i");
  return request;
}

inference::RerankRequestBody Rerank() {
  inference::RerankRequestBody request;
  request.set_query("q");
  request.add_documents("d");
  return request;
}

gateway::GetBatchInferenceJobRequest BatchJob() {
  gateway::GetBatchInferenceJobRequest request;
  request.set_name("accounts/test-account/batchInferenceJobs/tides-1");
  return request;
}

gateway::GetDatasetRequest Dataset() {
  gateway::GetDatasetRequest request;
  request.set_name("accounts/test-account/datasets/tides-in");
  return request;
}

gateway::GetDatasetDownloadEndpointRequest Download() {
  gateway::GetDatasetDownloadEndpointRequest request;
  request.set_name("accounts/test-account/datasets/tides-out");
  return request;
}

// Uploads the batch's rows.
Answer Upload(const Channel& channel, CallContext* context) {
  auto response = std::make_unique<gateway::FileUploadResponse>();
  const auto stub = gateway::DatasetService::NewStub(channel);
  const auto writer = stub->UploadDatasetFile(context, response.get());
  gateway::UploadDatasetFileRequest first;
  first.mutable_metadata()->set_name("accounts/test-account/datasets/tides-in");
  first.mutable_metadata()->set_filename("tides.jsonl");
  writer->Write(first);
  gateway::UploadDatasetFileRequest rows;
  rows.set_data(ReadTestdata("batch_input.jsonl"));
  writer->Write(rows);
  writer->WritesDone();
  Answer answer;
  answer.status = writer->Finish();
  answer.messages.push_back(std::move(response));
  return answer;
}

bool IsStream(const Fixture& fixture) { return absl::EndsWith(fixture.file, ".sse"); }

}  // namespace

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.file; }

std::string TestNameOf(const Fixture& fixture) {
  return absl::StrReplaceAll(fixture.file, {{".", "_"}});
}

const std::vector<Fixture>& Fixtures() {
  using inference::ChatCompletionService;
  using inference::ResponseService;
  static const auto* const kFixtures = [] {
    const Call chat = Unary<ChatCompletionService>(
        &ChatCompletionService::Stub::CreateChatCompletion, MakeChatRequest("m"));
    const Call chat_stream = Stream<ChatCompletionService>(
        &ChatCompletionService::Stub::StreamChatCompletion, MakeChatRequest("m"));
    const Call response_stream =
        Stream<ResponseService>(&ResponseService::Stub::StreamResponse, MakeResponseRequest("i"));
    return new std::vector<Fixture>{
        {"chat.json", chat},
        {"chat_reasoning_length.json", chat},
        {"chat_stream.sse", chat_stream},
        {"chat_stream_reasoning.sse", chat_stream},
        {"chat_stream_tool_call.sse", chat_stream},
        {"completion_stream.sse",
         Stream<inference::CompletionService>(
             &inference::CompletionService::Stub::StreamCompletion, MakeCompletionRequest("p"))},
        {"response_stream.sse", response_stream},
        {"response_stream_mcp.sse", response_stream},
        {"message.json",
         Unary<inference::MessageService>(&inference::MessageService::Stub::CreateMessage,
                                          MakeMessageRequest("m"))},
        {"message_stream.sse",
         Stream<inference::MessageService>(&inference::MessageService::Stub::StreamMessage,
                                           MakeMessageRequest("m"))},
        {"embeddings.json", Unary<inference::EmbeddingService>(
                                &inference::EmbeddingService::Stub::CreateEmbedding, Embedding())},
        {"rerank.json",
         Unary<inference::RerankService>(&inference::RerankService::Stub::Rerank, Rerank())},
        {"models.json", Unary<inference::ModelCatalogService>(
                            &inference::ModelCatalogService::Stub::ListModels,
                            inference::ListModelsRequest())},
        {"batch_job.json",
         Unary<gateway::BatchInferenceJobService>(
             &gateway::BatchInferenceJobService::Stub::GetBatchInferenceJob, BatchJob())},
        {"dataset.json", Unary<gateway::DatasetService>(&gateway::DatasetService::Stub::GetDataset,
                                                        Dataset())},
        {"dataset_download.json",
         Unary<gateway::DatasetService>(
             &gateway::DatasetService::Stub::GetDatasetDownloadEndpoint, Download())},
        {"dataset_upload.json", Upload},
    };
  }();
  return *kFixtures;
}

std::string ReadTestdata(const std::string& file) {
  std::ifstream stream("tests/e2e/testdata/" + file, std::ios::binary);
  EXPECT_TRUE(stream.good()) << file;
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

std::vector<Document> ReadDocuments(const Fixture& fixture) {
  const std::string text = ReadTestdata(fixture.file);
  if (!IsStream(fixture)) return {{"", Json::parse(text)}};
  std::vector<Document> documents;
  std::string event;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "event: ")) event = std::string(line);
    if (!absl::ConsumePrefix(&line, "data: ") || line == "[DONE]") continue;
    documents.push_back({std::exchange(event, {}), Json::parse(line.begin(), line.end())});
  }
  return documents;
}

simulator::HttpResponse MakeAnswer(const Fixture& fixture,
                                   const std::vector<Document>& documents) {
  if (!IsStream(fixture)) return simulator::JsonResponse(200, documents[0].json.dump());
  simulator::HttpResponse response{200, {{"content-type", "text/event-stream"}}, ""};
  for (const Document& document : documents) {
    if (!document.event.empty()) absl::StrAppend(&response.body, "event: ", document.event, "\n");
    absl::StrAppend(&response.body, "data: ", document.json.dump(), "\n\n");
  }
  if (absl::EndsWith(ReadTestdata(fixture.file), kDone)) response.body += kDone;
  return response;
}

}  // namespace fireworks::e2e
