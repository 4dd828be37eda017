#include "client/cpp/fwctl_watch.h"

#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/cpp/command.h"
#include "client/cpp/contract.h"
#include "client/cpp/dynamic_call.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/output.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"
#include "client/cpp/wait.h"

namespace fireworks::client {
namespace {

using google::protobuf::Message;
using Resource = std::shared_ptr<Message>;

constexpr double kDefaultIntervalSeconds = 5;

// Prints a resource whenever it looks different from the last time: on a terminal in place
// of what stood there, elsewhere as a line more.
class Display {
 public:
  Display(const std::vector<MessageColumn>& columns, OutputFormat format)
      : columns_(columns),
        format_(format),
        live_(format == OutputFormat::kTable && IsTerminal(STDOUT_FILENO)) {}

  void Show(const Message& resource) {
    std::string text = Render(resource);
    if (text == last_ || !written_.ok()) return;
    written_ = Print(live_ ? absl::StrCat("\r\x1b[K", text) : text);
    last_ = std::move(text);
  }

  // False: stdout takes no more.
  bool ok() const { return written_.ok(); }

  absl::Status Finish() {
    if (live_ && written_.ok() && !last_.empty()) written_ = Print("\n");
    return written_;
  }

 private:
  std::string Render(const Message& resource) const {
    if (format_ == OutputFormat::kJson) return JsonLine(resource);
    if (format_ == OutputFormat::kYaml) return absl::StrCat("---\n", Yaml(resource));
    std::string line =
        ForTerminalLine(absl::StrJoin(CellsOf(resource, columns_), "  "));
    return live_ ? line : line + "\n";
  }

  const std::vector<MessageColumn>& columns_;
  const OutputFormat format_;
  const bool live_;
  std::string last_;
  absl::Status written_;
};

class Watch final : public Invocation {
 public:
  explicit Watch(const ResourceGroup& group) : group_(group) {}

  void AddFlags(FlagSet* set) override {
    AddResourceFlags(&resource_, set);
    set->Add("interval", "SECONDS", "time between two looks (default: 5)",
             [this](absl::string_view text) {
               return absl::SimpleAtod(text, &interval_) && interval_ > 0 && interval_ < 86400
                          ? absl::OkStatus()
                          : absl::InvalidArgumentError(absl::StrCat(
                                "'", text, "' is not a number of seconds above 0"));
             });
    AddOutputFlags(&format_, set);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    const absl::StatusOr<NamedResource> named = FindResource(group_, resource_, words);
    if (!named.ok()) return named.status();
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    // Nothing needs tidying: the resource goes on without us.
    ExitOnInterrupt();
    return WatchIt(connection->get(), *named);
  }

 private:
  int WatchIt(Connection* connection, const NamedResource& named) {
    const auto get = [&] { return GetResource(connection, named, call_.call); };
    // The first look may fail; later on, a service that is gone comes back.
    absl::StatusOr<Resource> first = get();
    if (!first.ok()) return ReportError(first.status(), call_.target);
    Display display(group_.columns, format_);
    WaitOptions options;
    options.first_interval = options.longest_interval = absl::Seconds(interval_);
    options.timeout = call_.call.timeout.value_or(absl::InfiniteDuration());
    bool looked = false;
    const absl::StatusOr<Resource> last = WaitFor<Resource>(
        [&] { return std::exchange(looked, true) ? get() : first; },
        [&](const Resource& resource) {
          return !display.ok() ||
                 OutcomeOf(*named.kind, StateOf(*resource)) != Outcome::kPending;
        },
        [&display](const Resource& resource) { display.Show(*resource); }, options);
    const absl::Status written = display.Finish();
    if (!written.ok() || !last.ok()) return ReportEnd(written, last.status(), call_.target);
    return OutcomeOf(*named.kind, StateOf(**last)) == Outcome::kSuccess ? kOk : kWatchedFailed;
  }

  const ResourceGroup& group_;
  CallFlags call_;
  ResourceFlags resource_;
  OutputFormat format_ = OutputFormat::kTable;
  double interval_ = kDefaultIntervalSeconds;
};

}  // namespace

const char kResourceNameHelp[] =
    R"(NAME is a resource name, `accounts/ACCOUNT/COLLECTION/ID`. What is left out of its
beginning comes from --account and from the command.
)";

void AddResourceFlags(ResourceFlags* flags, FlagSet* set) {
  set->AddString("account", "ACCOUNT",
                 "the account of a name that tells none; `-` is the service's own\n(default: -)",
                 &flags->account);
}

absl::StatusOr<NamedResource> FindResource(const ResourceGroup& group, const ResourceFlags& flags,
                                           const std::vector<std::string>& words) {
  if (words.size() != 1) return absl::InvalidArgumentError("one name is expected");
  const std::string name =
      ResourceName(flags.account, group.kinds.size() == 1 ? group.kinds[0].collection : "",
                   words[0]);
  std::vector<std::string> collections;
  for (const ResourceKind& kind : group.kinds) {
    if (absl::StrContains(name, absl::StrCat("/", kind.collection, "/"))) {
      return NamedResource{&kind, name};
    }
    collections.push_back(kind.collection + "/ID");
  }
  return absl::InvalidArgumentError(absl::StrCat("'", words[0], "' does not tell which of ",
                                                 group.name, " it is: give it as ",
                                                 absl::StrJoin(collections, ", ")));
}

absl::StatusOr<Resource> GetResource(Connection* connection, const NamedResource& resource,
                                     const CallOptions& options) {
  const auto method = Contract::Get().FindMethod(resource.kind->get_method);
  if (!method.ok()) return method.status();
  const auto request = Contract::Get().New((*method)->input_type());
  SetString(request.get(), "name", resource.name);
  auto answer = CallMethod(connection, *method, *request, options);
  if (!answer.ok()) return answer.status();
  return Resource(*std::move(answer));
}

Command WatchCommand(const ResourceGroup& group) {
  Command command;
  command.name = "watch";
  command.summary = "show one of them until it is ready or has ended";
  command.arguments = "NAME";
  std::vector<std::string> ends = group.kinds[0].successes;
  ends.insert(ends.end(), group.kinds[0].failures.begin(), group.kinds[0].failures.end());
  command.description = absl::StrCat(
      "Shows one of the ", group.name, " until its state is one of\n", absl::StrJoin(ends, ", "),
      ".\n\nOn a terminal the line stays where it is; elsewhere each change is a line more.\n",
      "The exit code tells how it ended: 0 after ",
      absl::StrJoin(group.kinds[0].successes, " or "), ", 4 after another.\n\n", kResourceNameHelp,
      "\n  fwctl ", group.name, " watch ", group.kinds[0].collection, "/ID && notify-send done\n");
  command.start = [&group] { return std::make_unique<Watch>(group); };
  return command;
}

}  // namespace fireworks::client
