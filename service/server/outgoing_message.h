// A message on its way to a caller, in the form in which it is sent.
#ifndef FIREWORKS_SERVICE_SERVER_OUTGOING_MESSAGE_H_
#define FIREWORKS_SERVICE_SERVER_OUTGOING_MESSAGE_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/config.h"
#include "grpcpp/support/slice.h"
#include "grpcpp/support/status.h"

namespace fireworks::server {

// Moved through queues for nothing: a grpc::ByteBuffer can only be copied, which is an
// allocation each time. Copies share the bytes.
struct OutgoingMessage {
  grpc::Slice bytes;

  std::size_t size() const { return bytes.size(); }
};

inline OutgoingMessage CopyOf(absl::string_view bytes) {
  return {grpc::Slice(bytes.data(), bytes.size())};
}

}  // namespace fireworks::server

// So that gRPC sends it.
template <>
class grpc::SerializationTraits<fireworks::server::OutgoingMessage, void> {
 public:
  static grpc::Status Serialize(const fireworks::server::OutgoingMessage& message,
                                grpc::ByteBuffer* buffer, bool* own_buffer) {
    grpc::ByteBuffer bytes(&message.bytes, 1);
    buffer->Swap(&bytes);
    *own_buffer = true;
    return grpc::Status::OK;
  }
};

#endif  // FIREWORKS_SERVICE_SERVER_OUTGOING_MESSAGE_H_
