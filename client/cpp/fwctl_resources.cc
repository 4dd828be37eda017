#include "client/cpp/fwctl_resources.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cpp/command.h"
#include "client/cpp/contract.h"
#include "client/cpp/dynamic_call.h"
#include "client/cpp/fwctl_upload.h"
#include "client/cpp/fwctl_watch.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/output.h"
#include "client/cpp/resource_kind.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using google::protobuf::Message;

// The largest that the platform gives.
constexpr int kPageSize = 200;

std::vector<std::string> Collections(const ResourceGroup& group) {
  std::vector<std::string> names;
  for (const ResourceKind& kind : group.kinds) names.push_back(kind.collection);
  return names;
}

// Prints resources one by one, or all at the end where columns must be aligned.
class Printer {
 public:
  Printer(const ResourceGroup& group, OutputFormat format)
      : columns_(group.columns), format_(format), table_(ColumnsOf(group.columns)) {}

  // False: stdout takes no more.
  bool Add(const Message& resource) {
    ++count_;
    if (format_ == OutputFormat::kTable) {
      table_.AddRow(CellsOf(resource, columns_));
    } else {
      written_ = Print(format_ == OutputFormat::kJson ? JsonLine(resource)
                                                      : Yaml(resource, /*as_element=*/true));
    }
    return written_.ok();
  }

  absl::Status Finish() {
    if (format_ == OutputFormat::kTable && count_ > 0) written_ = Print(table_.Render());
    return written_;
  }

  bool ok() const { return written_.ok(); }
  int count() const { return count_; }

 private:
  const std::vector<MessageColumn>& columns_;
  const OutputFormat format_;
  Table table_;
  absl::Status written_;
  int count_ = 0;
};

class List final : public Invocation {
 public:
  explicit List(const ResourceGroup& group) : group_(group) {}

  void AddFlags(FlagSet* set) override {
    set->AddString("account", "ACCOUNT",
                   "the account's id or name; `-` is the service's own (default: -)", &account_);
    if (group_.kinds.size() > 1) {
      set->AddString("kind", absl::StrJoin(Collections(group_), "|"),
                     "list only those of one kind", &kind_);
    }
    set->AddString("filter", "FILTER", "list only what matches, in the grammar of AIP-160",
                   &filter_);
    set->AddString("order-by", "FIELDS", "sort by these, `create_time desc` for the newest first",
                   &order_by_);
    AddOutputFlags(&format_, set);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (!words.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("unexpected argument '", words[0], "'"));
    }
    std::vector<const ResourceKind*> kinds;
    for (const ResourceKind& kind : group_.kinds) {
      if (kind_.empty() || kind.collection == kind_) kinds.push_back(&kind);
    }
    if (kinds.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--kind: '", kind_, "' is none of ",
                                                     absl::StrJoin(Collections(group_), ", ")));
    }
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    // Nothing needs tidying: the end of the connection cancels the call.
    ExitOnInterrupt();
    return PrintAll(connection->get(), kinds);
  }

 private:
  int PrintAll(Connection* connection, const std::vector<const ResourceKind*>& kinds) {
    Printer printer(group_, format_);
    absl::Status status;
    for (const ResourceKind* kind : kinds) {
      const auto method = Contract::Get().FindMethod(kind->list_method);
      if (!method.ok()) return ReportError(method.status(), call_.target);
      const auto request = Contract::Get().New((*method)->input_type());
      SetString(request.get(), "parent", AccountName(account_));
      SetString(request.get(), "filter", filter_);
      SetString(request.get(), "order_by", order_by_);
      SetInt32(request.get(), "page_size", kPageSize);
      status = CallAllPages(connection, *method, request.get(), call_.call,
                            [&printer](const Message& entry) { return printer.Add(entry); });
      if (!status.ok() || !printer.ok()) break;
    }
    // What came before a failure is worth showing too.
    const absl::Status written = printer.Finish();
    if (status.ok() && printer.count() == 0) {
      PrintToStderr(absl::StrCat("no ", group_.name, " in ",
                                 ForTerminalLine(AccountName(account_)), "\n"));
    }
    return ReportEnd(written, status, call_.target);
  }

  const ResourceGroup& group_;
  CallFlags call_;
  OutputFormat format_ = OutputFormat::kTable;
  std::string account_ = "-";
  std::string kind_;
  std::string filter_;
  std::string order_by_;
};

class Get final : public Invocation {
 public:
  explicit Get(const ResourceGroup& group) : group_(group) {}

  void AddFlags(FlagSet* set) override {
    AddResourceFlags(&resource_, set);
    AddOutputFlags(&format_, set);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    const absl::StatusOr<NamedResource> named = FindResource(group_, resource_, words);
    if (!named.ok()) return named.status();
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    // Nothing needs tidying: the end of the connection cancels the call.
    ExitOnInterrupt();
    const auto resource = GetResource(connection->get(), *named, call_.call);
    if (!resource.ok()) return ReportError(resource.status(), call_.target);
    if (format_ == OutputFormat::kYaml) {
      return ReportEnd(Print(Yaml(**resource)), absl::OkStatus(), call_.target);
    }
    Printer printer(group_, format_);
    printer.Add(**resource);
    return ReportEnd(printer.Finish(), absl::OkStatus(), call_.target);
  }

 private:
  const ResourceGroup& group_;
  CallFlags call_;
  ResourceFlags resource_;
  OutputFormat format_ = OutputFormat::kTable;
};

Command ListCommand(const ResourceGroup& group) {
  Command command;
  command.name = "list";
  command.summary = absl::StrCat("list the ", group.name, " of an account");
  command.description = absl::StrCat(
      "Lists the ", group.name, " of an account, all pages of them. `-` stands for what is not\n",
      "told. With -o json each is a line of JSON, with -o yaml they are one list.\n\n",
      group.about, "\n  fwctl ", group.name, " list --account fireworks\n  fwctl ", group.name,
      " list -o json | jq -r .name\n");
  command.start = [&group] { return std::make_unique<List>(group); };
  return command;
}

Command GetCommand(const ResourceGroup& group) {
  Command command;
  command.name = "get";
  command.summary = "show one of them";
  command.arguments = "NAME";
  command.description = absl::StrCat("Shows one of the ", group.name, ".\n\n", kResourceNameHelp,
                                     "\n", group.about, "\n  fwctl ", group.name, " get ",
                                     group.kinds[0].collection, "/ID -o yaml\n");
  command.start = [&group] { return std::make_unique<Get>(group); };
  return command;
}

}  // namespace

std::vector<Command> ResourceCommands() {
  std::vector<Command> commands;
  for (const ResourceGroup& group : ResourceGroups()) {
    Command command;
    command.name = group.name;
    command.summary = absl::StrCat("list, show and watch ", group.name);
    command.description = group.about;
    command.commands = {ListCommand(group), GetCommand(group), WatchCommand(group)};
    if (group.name == "datasets") {
      command.summary = "list, show, watch and fill datasets";
      command.commands.push_back(UploadCommand());
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace fireworks::client
