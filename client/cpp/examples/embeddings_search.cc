// Finds the text that is closest to a question.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "client/cpp/connection.h"
#include "client/cpp/embedding_service_client.h"
#include "client/cpp/error.h"
#include "client/cpp/messages.h"

ABSL_FLAG(std::string, target, fireworks::client::kDefaultTarget, "where the service is");
ABSL_FLAG(std::string, model, "nomic-ai/nomic-embed-text-v1.5", "the embedding model");

namespace {

namespace client = fireworks::client;
using fireworks::inference::v1::EmbeddingRequest;

using Vector = std::vector<double>;
// How close a text is to the question, at most 1, and the text.
using Match = std::pair<double, std::string>;

// Of the angle between two vectors; 0 when their lengths differ.
double Cosine(const Vector& a, const Vector& b) {
  if (a.size() != b.size()) return 0;
  double product = 0;
  double length_a = 0;
  double length_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += a[i] * b[i];
    length_a += a[i] * a[i];
    length_b += b[i] * b[i];
  }
  return product == 0 ? 0 : product / std::sqrt(length_a * length_b);
}

// The texts, the one closest to the question first.
absl::StatusOr<std::vector<Match>> Search(const client::EmbeddingServiceClient& embeddings,
                                          const std::string& model, const std::string& question,
                                          const std::vector<std::string>& texts) {
  // [START embeddings_search]
  std::vector<std::string> inputs = texts;
  inputs.push_back(question);
  EmbeddingRequest request;
  request.set_model(model);
  *request.mutable_input() = client::TextsInput(inputs);
  const auto response = embeddings.CreateEmbedding(request);
  if (!response.ok()) return response.status();

  std::vector<Vector> vectors(inputs.size());
  for (const auto& embedding : response->data()) {
    const auto index = static_cast<std::size_t>(embedding.index());
    if (index >= vectors.size()) return absl::DataLossError("a vector of no input");
    const auto& numbers = embedding.embedding().numbers().values();
    vectors[index].assign(numbers.begin(), numbers.end());
  }
  std::vector<Match> found;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    found.emplace_back(Cosine(vectors[i], vectors.back()), texts[i]);
  }
  std::sort(found.rbegin(), found.rend());
  // [END embeddings_search]
  return found;
}

absl::StatusOr<std::vector<Match>> SearchAt(const std::string& target, const std::string& model) {
  client::ConnectionOptions options;
  options.target = target;
  const auto connection = client::Connect(options);
  if (!connection.ok()) return connection.status();
  return Search(client::EmbeddingServiceClient(*connection), model,
                "A stream that was cut is never OK.",
                {
                    "The service drains when it gets SIGTERM.",
                    "A stream that was cut is never OK.",
                    "Each caller has a quota of tokens.",
                });
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto found = SearchAt(absl::GetFlag(FLAGS_target), absl::GetFlag(FLAGS_model));
  if (!found.ok()) {
    std::cerr << client::FormatError(client::ErrorFromStatus(found.status())) << "\n";
    return 1;
  }
  for (const auto& [likeness, text] : *found) {
    std::cout << absl::StreamFormat("%.3f %s\n", likeness, text);
  }
  return 0;
}
