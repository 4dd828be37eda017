// A conversation with a model on a terminal, turn by turn.
#ifndef FIREWORKS_CLIENT_CPP_CHAT_SESSION_H_
#define FIREWORKS_CLIENT_CPP_CHAT_SESSION_H_

#include <functional>
#include <string>
#include <vector>

#include "client/cpp/chat_accumulator.h"
#include "fireworks/inference/v1/chat_completion.pb.h"

namespace fireworks::client {

class ChatSession {
 public:
  using Request = fireworks::inference::v1::ChatCompletionRequest;
  using Part = fireworks::inference::v1::ChatMessageContent;
  // Asks the model, shows what it says and gathers it in `answer`; the exit code.
  using Ask = std::function<int(const Request& request, ChatAccumulator* answer)>;

  // `opening` has the settings of all turns, and the messages that stand before the first
  // one. `attachments` go along with the first turn.
  ChatSession(Request opening, std::vector<Part> attachments, Ask ask);

  // Reads lines of stdin until it ends or `/exit` comes; the exit code. Ctrl-C ends the
  // session, but during an answer only that answer.
  int Run();

 private:
  // Does what a line that begins with a slash asks for. False: the session is over.
  bool Obey(const std::string& line);
  void Attach(const std::string& command, const std::string& source);
  // A turn that fails or says nothing leaves no trace in the history; what was attached
  // to it waits for the next one.
  int Take(const std::string& prompt);

  Request opening_;
  // The opening, and all turns so far.
  Request history_;
  // For the next turn.
  std::vector<Part> attachments_;
  const Ask ask_;
};

// Appends a user's message: text alone, or as the first of several parts.
void AddUserMessage(const std::string& text, const std::vector<ChatSession::Part>& attachments,
                    ChatSession::Request* request);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CHAT_SESSION_H_
