// The fault scorecard: what goes wrong upstream, and what a caller gets.
//
// A row is one fault tried on one kind of call, with all that must follow from it.
// docs/faults.md is made from the rows, and the test proves them.
#ifndef FIREWORKS_TESTS_FAULTS_SCORECARD_H_
#define FIREWORKS_TESTS_FAULTS_SCORECARD_H_

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "grpcpp/support/status.h"
#include "service/server/config.h"
#include "tests/faults/calls.h"
#include "tests/faults/raw_peer.h"

namespace fireworks::faults {

// What becomes of the connection that a call had.
enum class Connections {
  kClosed,
  kKept,  // open, to be used again
  // Closed by the upstream; its socket goes when the next call wants a connection.
  kHalfClosed,
};

// What a caller and the upstream see of a call. Made to be written in one breath:
// Fails(code, reason).Messages(1).Spent().
struct Outcome {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  std::size_t messages = 0;
  int attempts = 1;  // x-upstream-attempts
  int requests = 1;  // that the upstream saw
  std::string pushback;  // grpc-retry-pushback-ms; empty: none
  absl::optional<int> retry_seconds;  // of RetryInfo
  std::string usage;  // "prompt+completion"; empty: unknown
  Connections connections = Connections::kClosed;

  Outcome Messages(std::size_t count) &&;
  Outcome Attempts(int count) &&;  // and as many requests
  Outcome Requests(int count) &&;
  Outcome Spent() &&;  // pushback -1: do not repeat it
  Outcome RetryAfter(int seconds) &&;
  Outcome Usage(const std::string& tokens) &&;
  Outcome Kept() &&;
};

Outcome Succeeds();
Outcome Fails(grpc::StatusCode code, const std::string& reason);

struct Row {
  std::string fault;
  Call call = Call::kGet;
  std::string directives;
  Outcome expected;
  std::function<void(server::Options*)> adjust;
  // Stands in the place of the simulator.
  absl::optional<RawPeer::Manner> peer;
  std::string peer_answer;
  bool https = false;
  // The same call succeeded just before, so that its connection is used again.
  bool on_used_connection = false;
  // Part of the status's message, or of the answer's text when it succeeds.
  std::string words;
  // BadRequest names this field.
  std::string bad_field;
  // The upstream gets rid of no more than this before it is stopped; 0: no limit.
  std::size_t max_bytes_sent = 0;
};

void PrintTo(const Row& row, std::ostream* out);

struct Section {
  std::string title;
  std::vector<Row> rows;
};

// Rows by what is at fault; each is a file.
Section ConnectionFaults();
Section CutAnswers();
Section WrongAnswers();
Section StreamFaults();
Section HttpStatuses();
Section SizeFaults();

const std::vector<Section>& Scorecard();

// A line of a table, and what stands above.
std::string TableLine(const Row& row, const Outcome& outcome);
std::string TableHeading();

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_SCORECARD_H_
