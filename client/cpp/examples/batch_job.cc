// Has a model answer a whole file: makes a dataset, uploads the file, starts a batch
// inference job and waits until it is done.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/batch_inference_job_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/dataset_service_client.h"
#include "client/cpp/dataset_upload.h"
#include "client/cpp/error.h"
#include "client/cpp/wait.h"

ABSL_FLAG(std::string, target, fireworks::client::kDefaultTarget, "where the service is");
ABSL_FLAG(std::string, account, "accounts/-", "whose the job is; accounts/- is the service's own");
ABSL_FLAG(std::string, model, "accounts/fireworks/models/llama-v3p1-8b-instruct", "the model");
ABSL_FLAG(absl::Duration, interval, absl::Seconds(1), "how often to ask for the state at first");

namespace {

namespace client = fireworks::client;
using fireworks::gateway::v1::BatchInferenceJob;
using fireworks::gateway::v1::CreateBatchInferenceJobRequest;
using fireworks::gateway::v1::CreateDatasetRequest;
using fireworks::gateway::v1::Dataset;
using fireworks::gateway::v1::GetBatchInferenceJobRequest;
using fireworks::gateway::v1::GetDatasetRequest;

constexpr int kRequests = 3;

// Writes a file with a request per line.
absl::Status WriteRequests(const std::string& path) {
  std::ofstream file(path);
  for (int i = 0; i < kRequests; ++i) {
    file << R"({"custom_id": "r)" << i
         << R"(", "body": {"messages": [{"role": "user", "content": "Count to )" << i
         << R"(."}]}})" << "\n";
  }
  file.close();
  return file ? absl::OkStatus() : absl::UnknownError(absl::StrCat("cannot write ", path));
}

// Prepares a dataset of the file.
absl::StatusOr<Dataset> Upload(const client::DatasetServiceClient& datasets,
                               const std::string& account, const std::string& path,
                               const client::WaitOptions& wait) {
  // [START upload]
  CreateDatasetRequest request;
  request.set_parent(account);
  request.set_dataset_id(absl::StrCat("requests-", absl::ToUnixNanos(absl::Now())));
  request.mutable_dataset()->mutable_user_uploaded();
  request.mutable_dataset()->set_example_count(kRequests);
  const auto created = datasets.CreateDataset(request);
  if (!created.ok()) return created.status();
  const auto uploaded = client::UploadDatasetFile(datasets, created->name(), path);
  if (!uploaded.ok()) return uploaded.status();

  GetDatasetRequest get;
  get.set_name(created->name());
  return client::WaitFor<Dataset>(
      [&] { return datasets.GetDataset(get); },
      [](const Dataset& dataset) { return dataset.state() == Dataset::READY; }, nullptr, wait);
  // [END upload]
}

absl::StatusOr<BatchInferenceJob> AnswerAll(const client::BatchInferenceJobServiceClient& jobs,
                                            const std::string& account, const std::string& model,
                                            const Dataset& dataset,
                                            const client::WaitOptions& wait) {
  // [START batch_job]
  CreateBatchInferenceJobRequest request;
  request.set_parent(account);
  request.mutable_batch_inference_job()->set_model(model);
  request.mutable_batch_inference_job()->set_input_dataset_id(dataset.name());
  const auto created = jobs.CreateBatchInferenceJob(request);
  if (!created.ok()) return created.status();

  GetBatchInferenceJobRequest get;
  get.set_name(created->name());
  return client::WaitFor<BatchInferenceJob>(
      [&] { return jobs.GetBatchInferenceJob(get); },
      [](const BatchInferenceJob& job) { return client::HasEnded(job.state()); },
      [](const BatchInferenceJob& job) {
        std::cout << fireworks::gateway::v1::JobState_Name(job.state()) << " "
                  << job.job_progress().percent() << "%\n";
      },
      wait);
  // [END batch_job]
}

absl::StatusOr<BatchInferenceJob> Run(const std::string& path) {
  client::ConnectionOptions options;
  options.target = absl::GetFlag(FLAGS_target);
  const auto connection = client::Connect(options);
  if (!connection.ok()) return connection.status();
  const absl::Status written = WriteRequests(path);
  if (!written.ok()) return written;
  const std::string account = absl::GetFlag(FLAGS_account);
  client::WaitOptions wait;
  wait.first_interval = absl::GetFlag(FLAGS_interval);
  const auto dataset = Upload(client::DatasetServiceClient(*connection), account, path, wait);
  if (!dataset.ok()) return dataset.status();
  return AnswerAll(client::BatchInferenceJobServiceClient(*connection), account,
                   absl::GetFlag(FLAGS_model), *dataset, wait);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  std::string folder = (std::filesystem::temp_directory_path() / "batch_job.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    std::cerr << "cannot make a folder for the requests\n";
    return 1;
  }
  const auto job = Run(folder + "/requests.jsonl");
  std::filesystem::remove_all(folder);
  if (!job.ok()) {
    std::cerr << client::FormatError(client::ErrorFromStatus(job.status())) << "\n";
    return 1;
  }
  if (job->state() != fireworks::gateway::v1::JOB_STATE_COMPLETED) {
    std::cerr << job->name() << " ended as "
              << fireworks::gateway::v1::JobState_Name(job->state()) << "\n";
    return 1;
  }
  std::cout << job->name() << " is done\n";
  return 0;
}
