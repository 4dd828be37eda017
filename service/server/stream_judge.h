// Decides whether an event stream said all that it had to say.
//
// The judge is shown each message of a stream and knows, from the route's
// rules, which choices have finished and whether a final event has come.
// Thread-compatible.
#ifndef FIREWORKS_SERVICE_SERVER_STREAM_JUDGE_H_
#define FIREWORKS_SERVICE_SERVER_STREAM_JUDGE_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/contract/route.h"

namespace fireworks::server {

class StreamJudge {
 public:
  // What a message means for its stream.
  enum class Verdict {
    kContinue,   // more may come
    kFinal,      // a final event: the stream is complete
    kFailed,     // the generation failed, says an event of the protocol
    kCancelled,  // the generation was cancelled upstream
  };

  // `rules` must outlive the judge. The request tells how many choices to wait
  // for.
  StreamJudge(const contract::StreamRules& rules, const google::protobuf::Message& request);

  // Notes what `message` says.
  Verdict Look(const google::protobuf::Message& message);

  // Whether every choice that was asked for has finished.
  bool all_choices_finished() const;

  // Whether a choice finished with the reason that means failure.
  bool generation_failed() const { return generation_failed_; }

 private:
  void LookAtChoice(const google::protobuf::Message& choice);
  absl::string_view EventType(const google::protobuf::Message& message,
                              std::string* scratch) const;

  const contract::StreamRules& rules_;
  std::int64_t expected_choices_ = 1;
  absl::flat_hash_set<std::int64_t> finished_choices_;
  bool generation_failed_ = false;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_STREAM_JUDGE_H_
