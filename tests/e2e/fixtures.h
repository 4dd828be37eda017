// Answers of the upstream as it sends them, each with the RPC whose answer it
// is: testdata/*.json for one body, *.sse for a stream.
#ifndef FIREWORKS_TESTS_E2E_FIXTURES_H_
#define FIREWORKS_TESTS_E2E_FIXTURES_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/call_context.h"
#include "tests/simulator/http_message.h"

namespace fireworks::e2e {

// What a caller received: one message, or those of a stream.
struct Answer {
  std::vector<std::unique_ptr<google::protobuf::Message>> messages;
  grpc::Status status;
};

struct Fixture {
  const char* file;
  // Makes a call that a fixture of its kind can answer.
  std::function<Answer(const std::shared_ptr<grpc::Channel>&, CallContext*)> call;
};
void PrintTo(const Fixture& fixture, std::ostream* out);
// The file's name as a part of a test's name.
std::string TestNameOf(const Fixture& fixture);

const std::vector<Fixture>& Fixtures();

// The bytes of a file in testdata/.
std::string ReadTestdata(const std::string& file);

// One JSON document of an answer: the body, or an event's data.
struct Document {
  std::string event;  // the event's name; empty for none
  nlohmann::ordered_json json;
};

// The documents of a fixture, in order; without [DONE].
std::vector<Document> ReadDocuments(const Fixture& fixture);

// The answer whose documents are these, in the framing of the fixture.
simulator::HttpResponse MakeAnswer(const Fixture& fixture, const std::vector<Document>& documents);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_FIXTURES_H_
