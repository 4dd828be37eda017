// The answers of grpc.reflection, without its streams.
#ifndef FIREWORKS_SERVICE_SERVER_REFLECTION_ANSWER_H_
#define FIREWORKS_SERVICE_SERVER_REFLECTION_ANSWER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "google/protobuf/descriptor.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace fireworks::server {

// Answers the requests of one stream. Thread-compatible.
class ReflectionAnswers {
 public:
  // `services`, which are listed, must outlive this.
  explicit ReflectionAnswers(const std::vector<std::string>* services) : services_(services) {}

  // What is not known is an answer too, with an error inside.
  grpc::reflection::v1::ServerReflectionResponse Answer(
      const grpc::reflection::v1::ServerReflectionRequest& request);

 private:
  // Of a file and all that it imports, what has not been sent on this stream yet; but
  // always the file itself.
  void AppendFiles(const google::protobuf::FileDescriptor& file, bool again,
                   grpc::reflection::v1::FileDescriptorResponse* files);

  const std::vector<std::string>* const services_;
  absl::flat_hash_set<const google::protobuf::FileDescriptor*> sent_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_REFLECTION_ANSWER_H_
