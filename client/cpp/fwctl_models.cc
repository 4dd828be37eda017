#include "client/cpp/fwctl_models.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/model_service_client.h"
#include "client/cpp/table.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::Model;

constexpr char kCommand[] = "fwctl models";
constexpr char kListCommand[] = "fwctl models list";
// The largest that the platform gives.
constexpr int kPageSize = 200;

constexpr char kUsage[] = R"(Usage: fwctl models COMMAND

Commands:
  list                  list the models of an account

Try 'fwctl models list --help'.
)";

constexpr char kListUsage[] = R"(Usage: fwctl models list [flags]

Lists the models of an account as a table: name, state, kind, context length in
tokens, whether every account may read it, whether it runs without a deployment
of one's own, and whether it can call tools. `-` stands for what is not told.

  fwctl models list
  fwctl models list --account fireworks --filter 'supports_serverless=true'
  fwctl models list --json | jq -r .name

Flags:
)";

struct ListFlags {
  CallFlags call;
  std::string account = "-";
  std::string filter;
};

void AddListFlags(ListFlags* flags, FlagSet* set) {
  set->AddString("account", "ACCOUNT",
                 "the account's id; `fireworks` has the public models, `-` is the\n"
                 "service's own account (default: -)",
                 &flags->account);
  set->AddString("filter", "FILTER", "list only models that match, in the grammar of AIP-160",
                 &flags->filter);
  AddCallFlags("print each model as a line of JSON instead of the table", &flags->call, set);
}

std::string YesNo(bool known, bool value) { return !known ? "-" : value ? "yes" : "no"; }

absl::Status PrintJson(const std::vector<Model>& models) {
  for (const Model& model : models) {
    absl::Status written = Print(JsonLine(model));
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

int List(const ListFlags& flags) {
  // Nothing needs tidying: the end of the connection cancels the call.
  ExitOnInterrupt();
  ListModelsRequest request;
  request.set_parent(absl::StartsWith(flags.account, "accounts/")
                         ? flags.account
                         : absl::StrCat("accounts/", flags.account));
  request.set_filter(flags.filter);
  request.set_page_size(kPageSize);
  const auto connection = ConnectTo(flags.call);
  if (!connection.ok()) return ReportUsageError(kListCommand, connection.status());
  auto pages = ModelServiceClient(*connection).ListModels(request, flags.call.call);
  const std::vector<Model> models(pages.begin(), pages.end());

  // Models that came before a failure are worth showing too.
  absl::Status written;
  if (flags.call.json) {
    written = PrintJson(models);
  } else if (!models.empty()) {
    written = Print(RenderModels(models));
  }
  if (!written.ok()) return ReportWriteError(written);
  if (!pages.status().ok()) return ReportError(pages.status(), flags.call.target);
  if (models.empty()) {
    PrintToStderr(absl::StrCat("no models in ", ForTerminalLine(request.parent()), "\n"));
  }
  return kOk;
}

int RunList(const std::vector<std::string>& arguments) {
  ListFlags flags;
  FlagSet set;
  AddListFlags(&flags, &set);
  const absl::StatusOr<std::vector<std::string>> words = set.Parse(arguments);
  if (!words.ok()) return ReportUsageError(kListCommand, words.status());
  if (flags.call.help) {
    const absl::Status written = Print(absl::StrCat(kListUsage, set.Help(), "\n", kExitCodesHelp));
    return written.ok() ? kOk : ReportWriteError(written);
  }
  if (!words->empty()) {
    return ReportUsageError(kListCommand, absl::InvalidArgumentError(absl::StrCat(
                                              "unexpected argument '", words->front(), "'")));
  }
  if (!IsUtf8(flags.account) || !IsUtf8(flags.filter)) {
    return ReportUsageError(kListCommand, absl::InvalidArgumentError("a flag is not UTF-8"));
  }
  return List(flags);
}

}  // namespace

std::string RenderModels(const std::vector<Model>& models) {
  Table table({{"NAME"},
               {"STATE"},
               {"KIND"},
               {"CONTEXT", Table::Align::kRight},
               {"PUBLIC"},
               {"SERVERLESS"},
               {"TOOLS"}});
  for (const Model& model : models) {
    table.AddRow({model.name(),
                  model.has_state() ? Model::State_Name(model.state()) : "-",
                  model.has_kind() ? Model::Kind_Name(model.kind()) : "-",
                  model.context_length() > 0 ? absl::StrCat(model.context_length()) : "-",
                  YesNo(model.has_public_(), model.public_()),
                  YesNo(model.has_supports_serverless(), model.supports_serverless()),
                  YesNo(model.has_supports_tools(), model.supports_tools())});
  }
  return table.Render();
}

int RunModels(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return ReportUsageError(kCommand, absl::InvalidArgumentError("a command is missing"));
  }
  if (arguments[0] == "--help" || arguments[0] == "-h") {
    const absl::Status written = Print(kUsage);
    return written.ok() ? kOk : ReportWriteError(written);
  }
  if (arguments[0] != "list") {
    return ReportUsageError(
        kCommand, absl::InvalidArgumentError(absl::StrCat("unknown command '", arguments[0], "'")));
  }
  return RunList({arguments.begin() + 1, arguments.end()});
}

}  // namespace fireworks::client
