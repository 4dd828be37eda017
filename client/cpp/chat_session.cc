#include "client/cpp/chat_session.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "client/cpp/attachment.h"
#include "client/cpp/command.h"
#include "client/cpp/interrupt.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

constexpr char kHelp[] = R"(  /image FILE|URL   send an image with the next prompt
  /file FILE        send a text file with the next prompt
  /clear            forget the conversation
  /exit             end the session, as Ctrl-D does
Ctrl-C stops an answer; what was printed of it stays in the conversation.
)";

// Lines of stdin as they come.
class LineReader {
 public:
  // Nothing at the end of stdin.
  absl::optional<std::string> Next() {
    while (true) {
      const std::size_t end = pending_.find('\n');
      if (end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      char buffer[4096];
      const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return absl::nullopt;
      pending_.append(buffer, static_cast<std::size_t>(count));
    }
  }

 private:
  std::string pending_;
};

}  // namespace

ChatSession::ChatSession(Request opening, std::vector<Part> attachments, Ask ask)
    : opening_(std::move(opening)),
      history_(opening_),
      attachments_(std::move(attachments)),
      ask_(std::move(ask)) {}

int ChatSession::Run() {
  // While nothing is asked; an answer has a watcher of its own.
  ExitOnInterrupt();
  PrintToStderr("/help tells what there is besides asking; Ctrl-D ends the session.\n");
  LineReader lines;
  while (true) {
    PrintToStderr("> ");
    const absl::optional<std::string> line = lines.Next();
    if (!line) break;
    const std::string text(absl::StripAsciiWhitespace(*line));
    if (text.empty()) continue;
    if (!IsUtf8(text)) {
      PrintToStderr("the line is not UTF-8\n");
    } else if (text[0] == '/') {
      if (!Obey(text)) return kOk;
    } else {
      const int exit_code = Take(text);
      // Nobody is there any more who could be answered.
      if (exit_code == kUnreachable) return exit_code;
    }
  }
  PrintToStderr("\n");
  return kOk;
}

bool ChatSession::Obey(const std::string& line) {
  const std::pair<std::string, std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const std::string& command = words.first;
  if (command == "/exit" || command == "/quit") return false;
  if (command == "/image" || command == "/file") {
    Attach(command, std::string(absl::StripAsciiWhitespace(words.second)));
  } else if (command == "/clear") {
    history_ = opening_;
    attachments_.clear();
  } else {
    PrintToStderr(command == "/help" ? std::string(kHelp)
                                     : absl::StrCat("unknown command ", ForTerminalLine(command),
                                                    "; these are known:\n", kHelp));
  }
  return true;
}

void ChatSession::Attach(const std::string& command, const std::string& source) {
  // `-` would be stdin, which is ours.
  absl::StatusOr<Part> part =
      source.empty() || source == "-"
          ? absl::InvalidArgumentError(absl::StrCat(command, " needs a file"))
          : command == "/image" ? ImagePart(source) : FilePart(source);
  if (!part.ok()) {
    PrintToStderr(absl::StrCat("error: ", ForTerminalLine(part.status().message()), "\n"));
    return;
  }
  attachments_.push_back(*std::move(part));
  PrintToStderr("it goes with the next prompt\n");
}

int ChatSession::Take(const std::string& prompt) {
  AddUserMessage(prompt, attachments_, &history_);
  ChatAccumulator answer;
  const int exit_code = ask_(history_, &answer);
  const std::string text = answer.text();
  if ((exit_code != kOk && exit_code != kInterrupted) || text.empty()) {
    history_.mutable_messages()->RemoveLast();
  } else {
    auto* message = history_.add_messages();
    message->set_role("assistant");
    message->mutable_content()->set_text(text);
    attachments_.clear();
  }
  return exit_code;
}

void AddUserMessage(const std::string& text, const std::vector<ChatSession::Part>& attachments,
                    ChatSession::Request* request) {
  auto* message = request->add_messages();
  message->set_role("user");
  if (attachments.empty()) {
    message->mutable_content()->set_text(text);
    return;
  }
  auto* parts = message->mutable_content()->mutable_parts();
  auto* first = parts->add_values();
  first->set_type("text");
  first->set_text(text);
  for (const ChatSession::Part& part : attachments) *parts->add_values() = part;
}

}  // namespace fireworks::client
