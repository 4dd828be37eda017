#include "tests/faults/scorecard.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/telemetry/metrics.h"

namespace fireworks::faults {
namespace {

const char* NameOf(Connections connections) {
  switch (connections) {
    case Connections::kClosed: return "closed";
    case Connections::kKept: return "kept";
    case Connections::kHalfClosed: return "half-closed";
  }
  return "";
}

}  // namespace

Outcome Outcome::Messages(std::size_t count) && {
  messages = count;
  return std::move(*this);
}

Outcome Outcome::Attempts(int count) && {
  attempts = requests = count;
  return std::move(*this);
}

Outcome Outcome::Requests(int count) && {
  requests = count;
  return std::move(*this);
}

Outcome Outcome::Spent() && {
  pushback = "-1";
  return std::move(*this);
}

Outcome Outcome::RetryAfter(int seconds) && {
  retry_seconds = seconds;
  pushback = absl::StrCat(seconds * 1000);
  return std::move(*this);
}

Outcome Outcome::Usage(const std::string& tokens) && {
  usage = tokens;
  return std::move(*this);
}

Outcome Outcome::Kept() && {
  connections = Connections::kKept;
  return std::move(*this);
}

Outcome Succeeds() { return {}; }

Outcome Fails(grpc::StatusCode code, const std::string& reason) {
  Outcome outcome;
  outcome.code = code;
  outcome.reason = reason;
  return outcome;
}

const std::vector<Section>& Scorecard() {
  static const auto* const kSections = new std::vector<Section>{
      ConnectionFaults(), CutAnswers(),   WrongAnswers(),
      StreamFaults(),     HttpStatuses(), SizeFaults(),
  };
  return *kSections;
}

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.fault << " / " << NameOf(row.call);
}

std::string TableLine(const Row& row, const Outcome& outcome) {
  const std::string fault = absl::StrReplaceAll(row.fault, {{"|", "\\|"}});
  const std::string status = absl::StrCat(telemetry::StatusName(outcome.code),
                                          outcome.reason.empty() ? "" : " ", outcome.reason);
  const std::string messages = IsStream(row.call) ? absl::StrCat(outcome.messages) : "";
  const std::string retry =
      outcome.retry_seconds ? absl::StrCat(*outcome.retry_seconds, " s") : std::string();
  return absl::StrCat("| ", fault, " | ", NameOf(row.call), " | ", status, " | ", messages, " | ",
                      outcome.attempts, " | ", outcome.requests, " | ", outcome.pushback, " | ",
                      retry, " | ", outcome.usage, " | ", NameOf(outcome.connections), " |\n");
}

std::string TableHeading() {
  return "| fault | call | status | messages | attempts | requests | pushback | retry | usage | "
         "connection |\n|---|---|---|---|---|---|---|---|---|---|\n";
}

}  // namespace fireworks::faults
