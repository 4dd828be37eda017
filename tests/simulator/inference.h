// The inference API: what is refused, and which protocol answers the rest.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_INFERENCE_H_
#define FIREWORKS_TESTS_SIMULATOR_INFERENCE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/generation.h"
#include "tests/simulator/inference_call.h"
#include "tests/simulator/response_store.h"

namespace fireworks::simulator {

class InferenceApi {
 public:
  // `catalogue` gives the body of GET /inference/v1/models. `lax` accepts
  // unknown keys.
  InferenceApi(std::function<std::string()> catalogue, bool lax);

  // Answers a request under /inference/.
  InferenceAnswer Answer(const InferenceCall& call);

  // Forgets the stored responses.
  void Reset();

 private:
  // A POST of the API.
  struct Operation {
    const char* path;
    // Of the answers' ids.
    const char* id_prefix;
    // Whether errors have the form of messages.
    bool anthropic_errors;
    std::vector<std::string> (*validate)(const nlohmann::ordered_json& body, bool lax);
    InferenceAnswer (InferenceApi::*answer)(const InferenceCall& call,
                                            const AnswerIdentity& identity);
  };
  static const std::vector<Operation>& Operations();

  InferenceAnswer Post(const Operation& operation, const InferenceCall& call);
  InferenceAnswer Other(const InferenceCall& call);
  // GET and DELETE of stored responses.
  InferenceAnswer Stored(const InferenceCall& call, const std::string& id);

  InferenceAnswer Chat(const InferenceCall& call, const AnswerIdentity& identity);
  InferenceAnswer Complete(const InferenceCall& call, const AnswerIdentity& identity);
  InferenceAnswer Respond(const InferenceCall& call, const AnswerIdentity& identity);
  InferenceAnswer WriteMessage(const InferenceCall& call, const AnswerIdentity& identity);
  InferenceAnswer Embed(const InferenceCall& call, const AnswerIdentity& identity);
  InferenceAnswer Rerank(const InferenceCall& call, const AnswerIdentity& identity);

  const std::function<std::string()> catalogue_;
  const bool lax_;
  // Shared with the streams that will store their response at their end.
  const std::shared_ptr<ResponseStore> responses_ = std::make_shared<ResponseStore>();
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_INFERENCE_H_
