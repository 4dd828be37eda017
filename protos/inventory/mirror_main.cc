// Compares the contract with an inventory of the upstream and tells the drift.
//
//   bazel run //protos/inventory:mirror -- --inventory=/path/to/upstream.json
//
// Prints a line per difference, with a field number for each new field, and a
// summary. Exits with 0 when there is no difference that is not deliberate, 1
// when there is one, 2 when it could not tell.
#include <fstream>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "protos/inventory/contract_files.h"
#include "protos/inventory/mirror.h"

ABSL_FLAG(std::string, inventory, "protos/inventory/upstream.json",
          "The inventory, as extract.py writes it. A relative path starts where the build's own "
          "files are.");
ABSL_FLAG(std::string, deviations, "protos/inventory/deviations.json",
          "Deliberate differences and their reasons.");
ABSL_FLAG(std::string, contract, "protos/contract.binpb",
          "The contract as a FileDescriptorSet with imports.");

namespace fireworks::inventory {
namespace {

constexpr int kNoDrift = 0;
constexpr int kDrift = 1;
constexpr int kCannotTell = 2;

void Print(const Report& report, const Verdict& verdict) {
  for (const Finding& finding : verdict.unexplained) {
    std::cout << finding.what << "\n";
    if (!finding.proposal.empty()) std::cout << "  proposed: " << finding.proposal << "\n";
  }
  for (const std::string& deviation : verdict.unused) {
    std::cout << "outdated deviation: " << deviation << "\n";
  }
  std::cout << Summary(report) << "\n";
}

absl::StatusOr<int> Run() {
  absl::StatusOr<ContractFiles> contract = ContractFiles::Read(absl::GetFlag(FLAGS_contract));
  if (!contract.ok()) return contract.status();
  absl::StatusOr<Json> inventory = ReadJson(absl::GetFlag(FLAGS_inventory));
  if (!inventory.ok()) return inventory.status();
  absl::StatusOr<Json> deviations = ReadJson(absl::GetFlag(FLAGS_deviations));
  if (!deviations.ok()) return deviations.status();
  absl::StatusOr<Report> report = Compare(*inventory, contract->files());
  if (!report.ok()) return report.status();
  absl::StatusOr<Verdict> verdict = Judge(*report, *deviations);
  if (!verdict.ok()) return verdict.status();
  Print(*report, *verdict);
  return verdict->unexplained.empty() && verdict->unused.empty() ? kNoDrift : kDrift;
}

int Main() {
  const absl::StatusOr<int> result = Run();
  if (result.ok()) return *result;
  std::cerr << result.status().message() << "\n";
  return kCannotTell;
}

}  // namespace
}  // namespace fireworks::inventory

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Compares the contract with an inventory of the upstream.");
  absl::ParseCommandLine(argc, argv);
  return fireworks::inventory::Main();
}
