// Messages in and out of gRPC's byte buffers.
#ifndef FIREWORKS_SERVICE_SERVER_BYTE_BUFFER_H_
#define FIREWORKS_SERVICE_SERVER_BYTE_BUFFER_H_

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "service/server/outgoing_message.h"

namespace fireworks::server {

// Parses `buffer` into `message`; false when the bytes are no such message.
bool ParseByteBuffer(const grpc::ByteBuffer& buffer, google::protobuf::Message* message);

// `message` as one slice.
grpc::ByteBuffer SerializeToByteBuffer(const google::protobuf::Message& message);
OutgoingMessage Serialize(const google::protobuf::Message& message);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_BYTE_BUFFER_H_
