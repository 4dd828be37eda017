#include "client/cpp/resource_kind.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/wait.h"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::JobState;

constexpr Table::Align kRight = Table::Align::kRight;

// A kind of job; all of them have the same states.
ResourceKind Job(const std::string& collection, const std::string& type) {
  ResourceKind kind;
  kind.collection = collection;
  kind.list_method = absl::StrCat(type, "Service/List", type, "s");
  kind.get_method = absl::StrCat(type, "Service/Get", type);
  const auto* states = fireworks::gateway::v1::JobState_descriptor();
  for (int i = 0; i < states->value_count(); ++i) {
    const auto state = static_cast<JobState>(states->value(i)->number());
    if (!HasEnded(state)) continue;
    const bool success = state == JobState::JOB_STATE_COMPLETED ||
                         state == JobState::JOB_STATE_EARLY_STOPPED;
    (success ? kind.successes : kind.failures)
        .push_back(states->value(i)->name().substr(std::string("JOB_STATE_").size()));
  }
  return kind;
}

std::vector<ResourceGroup> MakeGroups() {
  return {
      {"models",
       {{"models", "ModelService/ListModels", "ModelService/GetModel", {"READY"}, {}}},
       {{"NAME", "name"},
        {"STATE", "state"},
        {"KIND", "kind"},
        {"CONTEXT", "context_length", kRight},
        {"PUBLIC", "public"},
        {"SERVERLESS", "supports_serverless"},
        {"TOOLS", "supports_tools"}},
       "The columns are name, state, kind, context length in tokens, whether every account\n"
       "may read the model, whether it runs without a deployment of one's own, and whether\n"
       "it can call tools. The account `fireworks` has the platform's public models.\n"},
      {"deployments",
       {{"deployments",
         "DeploymentService/ListDeployments",
         "DeploymentService/GetDeployment",
         {"READY"},
         {"FAILED", "DELETED"}}},
       {{"NAME", "name"},
        {"STATE", "state"},
        {"MODEL", "base_model"},
        {"ACCELERATOR", "accelerator_type"},
        {"REPLICAS", "replica_count", kRight},
        {"WANTED", "desired_replica_count", kRight},
        {"CREATED", "create_time"}},
       "The columns are name, state, base model, type of accelerator, how many replicas\n"
       "there are and how many there should be, and when it was created (UTC).\n"},
      {"datasets",
       {{"datasets", "DatasetService/ListDatasets", "DatasetService/GetDataset", {"READY"}, {}}},
       {{"NAME", "name"},
        {"STATE", "state"},
        {"FORMAT", "format"},
        {"EXAMPLES", "example_count", kRight},
        {"TOKENS", "estimated_token_count", kRight},
        {"CREATED", "create_time"}},
       "The columns are name, state, format, how many examples and tokens it has, and when\n"
       "it was created (UTC).\n"},
      {"jobs",
       {Job("batchInferenceJobs", "BatchInferenceJob"),
        Job("supervisedFineTuningJobs", "SupervisedFineTuningJob"), Job("dpoJobs", "DpoJob"),
        Job("reinforcementFineTuningJobs", "ReinforcementFineTuningJob")},
       {{"NAME", "name"},
        {"STATE", "state"},
        {"PROGRESS", "job_progress.percent%", kRight},
        {"CREATED", "create_time"},
        {"MESSAGE", "status.message"}},
       "Jobs are those of batch inference, supervised fine-tuning, preference optimisation\n"
       "(DPO) and reinforcement fine-tuning; the name tells which. The columns are name,\n"
       "state, progress, when it was created (UTC), and what the platform says about it.\n"},
  };
}

bool Contains(const std::vector<std::string>& states, absl::string_view state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

}  // namespace

const std::vector<ResourceGroup>& ResourceGroups() {
  static const std::vector<ResourceGroup> groups = MakeGroups();
  return groups;
}

std::string StateOf(const google::protobuf::Message& resource) {
  return CellOf(resource, "state");
}

Outcome OutcomeOf(const ResourceKind& kind, absl::string_view state) {
  if (Contains(kind.successes, state)) return Outcome::kSuccess;
  return Contains(kind.failures, state) ? Outcome::kFailure : Outcome::kPending;
}

std::string AccountName(absl::string_view account) {
  return absl::StartsWith(account, "accounts/") ? std::string(account)
                                                : absl::StrCat("accounts/", account);
}

std::string ResourceName(absl::string_view account, absl::string_view collection,
                         absl::string_view name) {
  if (absl::StartsWith(name, "accounts/")) return std::string(name);
  const std::string parent = AccountName(account);
  if (absl::StrContains(name, '/')) return absl::StrCat(parent, "/", name);
  return absl::StrCat(parent, "/", collection, "/", name);
}

}  // namespace fireworks::client
