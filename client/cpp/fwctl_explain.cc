#include "client/cpp/fwctl_explain.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/contract.h"
#include "client/cpp/dynamic_call.h"
#include "client/cpp/explain_client.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/json_line.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

using fireworks::service::v1::ExplainRequest;
using fireworks::service::v1::ExplainResponse;

constexpr char kDescription[] =
    R"(Shows the HTTP request that a call would become, without making it: method, URL,
headers and body. Secrets read `[redacted]`. Method and request are written as in
`fwctl call`.

  fwctl explain GetModel '{"name": "accounts/-/models/x"}'
)";

// As HTTP writes it.
std::string Render(const ExplainResponse& response) {
  std::string text =
      absl::StrCat(response.http_method(), " ", ForTerminalLine(response.url()), "\n");
  for (const auto& header : response.headers()) {
    absl::StrAppend(&text, header.name(), ": ", ForTerminalLine(header.value()), "\n");
  }
  if (response.has_body()) absl::StrAppend(&text, "\n", ForTerminal(response.body()), "\n");
  return text;
}

class Explain final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    set->AddSwitch("json", "print the whole answer as a line of JSON", &json_);
    AddCallFlags(&call_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (words.empty() || words.size() > 2) {
      return absl::InvalidArgumentError("a method and at most one request are expected");
    }
    const auto method = Contract::Get().FindMethod(words[0]);
    if (!method.ok()) return absl::InvalidArgumentError(method.status().message());
    const absl::StatusOr<std::string> text = RequestJson(words.size() < 2 ? "{}" : words[1]);
    if (!text.ok()) return text.status();
    const auto explained = MessageFromJson((*method)->input_type(), *text);
    if (!explained.ok()) return explained.status();

    ExplainRequest request;
    request.set_method(PathOf(*method));
    request.mutable_request()->PackFrom(**explained);
    const auto connection = ConnectTo(call_);
    if (!connection.ok()) return connection.status();
    ExitOnInterrupt();
    const auto response = ExplainServiceClient(*connection).Explain(request, call_.call);
    if (!response.ok()) return ReportError(response.status(), call_.target);
    return ReportEnd(Print(json_ ? JsonLine(*response) : Render(*response)), absl::OkStatus(),
                     call_.target);
  }

 private:
  CallFlags call_;
  bool json_ = false;
};

}  // namespace

Command ExplainCommand() {
  Command command;
  command.name = "explain";
  command.summary = "show what a call would become at the platform";
  command.arguments = "SERVICE/METHOD [JSON|-|@FILE]";
  command.description = kDescription;
  command.start = [] { return std::make_unique<Explain>(); };
  command.words = [] { return Contract::Get().MethodNames(); };
  return command;
}

}  // namespace fireworks::client
