#include "service/server/content_log.h"

#include <algorithm>
#include <memory>

#include "absl/time/clock.h"
#include "google/protobuf/text_format.h"
#include "service/server/contract_methods.h"
#include "service/server/withheld.h"

namespace fireworks::server {

using google::protobuf::Message;

bool WantsContent(const access::PolicyRule& rule, const telemetry::Log& log) {
  return rule.log_content && log.settings().allow_content &&
         absl::Now() < rule.log_content->until;
}

ContentLog::ContentLog(const Endpoint& endpoint, const access::PolicyRule& rule)
    : endpoint_(endpoint), rule_(rule.name), max_bytes_(rule.log_content->max_bytes) {}

void ContentLog::TakeRequest(const Message& request) {
  Take(request, SensitiveFields(request.GetDescriptor()), &request_);
}

void ContentLog::TakeAnswer(const Message& answer) {
  Take(answer, endpoint_.answer_secrets, &answer_);
}

void ContentLog::Take(const Message& message, const contract::MarkedFields& secrets,
                      Text* text) const {
  const std::unique_ptr<Message> shown(message.New());
  shown->CopyFrom(message);
  WithholdSecrets(secrets, shown.get());
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string printed;
  printer.PrintToString(*shown, &printed);
  const std::size_t room = max_bytes_ - text->kept.size();
  const std::size_t kept = std::min(room, printed.size());
  text->kept.append(printed, 0, kept);
  text->left_out += printed.size() - kept;
}

void ContentLog::AppendTo(telemetry::LogLine* line) const {
  const auto append = [line](absl::string_view name, absl::string_view left_out_name,
                             const Text& text) {
    line->Text(name, text.kept);
    if (text.left_out > 0) {
      line->Number(left_out_name, static_cast<std::int64_t>(text.left_out));
    }
  };
  line->Text("rule", rule_);
  append("request", "request_bytes_left_out", request_);
  append("answer", "answer_bytes_left_out", answer_);
}

}  // namespace fireworks::server
