#include "client/cpp/fwctl_upload.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/dataset_upload.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/progress_bar.h"
#include "client/cpp/resource_kind.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

constexpr char kDescription[] =
    R"(Sends a file, 150 MB at most, to a dataset that was created before. Its size is
announced, so that a torn upload is never taken for a whole one. The dataset is an id
or a resource name. On a terminal a bar shows how much has been sent.

  fwctl call CreateDataset '{"parent": "accounts/-", "datasetId": "training",
      "dataset": {"userUploaded": {}, "format": "CHAT"}}'
  fwctl datasets upload training examples.jsonl
  fwctl datasets watch training
)";

class DatasetUpload final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    set->AddString("account", "ACCOUNT",
                   "the account of a dataset that tells none; `-` is the service's own\n"
                   "(default: -)",
                   &account_);
    set->AddSwitch("json", "print the answer as a line of JSON, and no bar", &json_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (words.size() != 2) return absl::InvalidArgumentError("a dataset and a file are expected");
    const std::string& path = words[1];
    if (access(path.c_str(), R_OK) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": can't be read"));
    }
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    // The end of the connection cancels the upload.
    ExitOnInterrupt();
    return Send(DatasetServiceClient(*connection), ResourceName(account_, "datasets", words[0]),
                path);
  }

 private:
  int Send(const DatasetServiceClient& client, const std::string& name, const std::string& path) {
    const bool bar = !json_ && IsTerminal(STDOUT_FILENO);
    absl::Status written;
    UploadProgress progress;
    if (bar) {
      progress = [&written](std::int64_t sent, std::int64_t total) {
        if (written.ok()) written = Print(absl::StrCat("\r", ProgressBar(sent, total), "\x1b[K"));
      };
    }
    const auto answer = UploadDatasetFile(client, name, path, progress, call_.call);
    if (bar && written.ok()) written = Print("\n");
    if (!answer.ok()) return ReportError(answer.status(), call_.target);
    if (written.ok()) {
      written = Print(json_ ? JsonLine(*answer)
                            : absl::StrCat("uploaded ", ForTerminalLine(path), " to ",
                                           ForTerminalLine(name), "\n"));
    }
    return ReportEnd(written, absl::OkStatus(), call_.target);
  }

  CallFlags call_;
  std::string account_ = "-";
  bool json_ = false;
};

}  // namespace

Command UploadCommand() {
  Command command;
  command.name = "upload";
  command.summary = "send a file to a dataset";
  command.arguments = "DATASET FILE";
  command.description = kDescription;
  command.start = [] { return std::make_unique<DatasetUpload>(); };
  return command;
}

}  // namespace fireworks::client
