// What a call and its answer say, for the log, where a policy asks for it.
#ifndef FIREWORKS_SERVICE_SERVER_CONTENT_LOG_H_
#define FIREWORKS_SERVICE_SERVER_CONTENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "google/protobuf/message.h"
#include "service/access/policy.h"
#include "service/contract/marked_fields.h"
#include "service/server/environment.h"
#include "service/telemetry/log.h"

namespace fireworks::server {

// Whether the content of a call under `rule` is to be logged now: the configuration
// allows it, the rule wants it, and its time is not over.
bool WantsContent(const access::PolicyRule& rule, const telemetry::Log& log);

// Collects a request and its answer as one text each, in Protobuf text format, up to a
// number of bytes. Fields that the contract marks as sensitive are left out, and so is what
// stands in their place where it does not fit. Not thread-safe; one per call.
class ContentLog {
 public:
  // `endpoint` must outlive this.
  ContentLog(const Endpoint& endpoint, const access::PolicyRule& rule);

  void TakeRequest(const google::protobuf::Message& request);
  // Once, or for each message of a stream.
  void TakeAnswer(const google::protobuf::Message& answer);

  // The members of a line that hold the content.
  void AppendTo(telemetry::LogLine* line) const;

 private:
  struct Text {
    std::string kept;
    std::uint64_t left_out = 0;  // bytes
  };

  void Take(const google::protobuf::Message& message, const contract::MarkedFields& secrets,
            Text* text) const;

  const Endpoint& endpoint_;
  const std::string rule_;
  const std::size_t max_bytes_;
  Text request_;
  Text answer_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CONTENT_LOG_H_
