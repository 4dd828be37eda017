#include "service/server/byte_buffer.h"

#include "grpc/slice.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"

namespace fireworks::server {

bool ParseByteBuffer(const grpc::ByteBuffer& buffer, google::protobuf::Message* message) {
  grpc::ByteBuffer copy(buffer);  // Shares the slices; the reader wants it mutable.
  if (!copy.Valid()) return false;
  grpc::ProtoBufferReader reader(&copy);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

grpc::ByteBuffer SerializeToByteBuffer(const google::protobuf::Message& message) {
  const OutgoingMessage serialized = Serialize(message);
  return grpc::ByteBuffer(&serialized.bytes, 1);
}

OutgoingMessage Serialize(const google::protobuf::Message& message) {
  const std::size_t size = message.ByteSizeLong();
  grpc_slice slice = grpc_slice_malloc(size);
  message.SerializeWithCachedSizesToArray(GRPC_SLICE_START_PTR(slice));
  return {grpc::Slice(slice, grpc::Slice::STEAL_REF)};
}

}  // namespace fireworks::server
