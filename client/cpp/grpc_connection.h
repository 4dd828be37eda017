// The Connection over gRPC. Internal: made by Connect and ConnectOver.
#ifndef FIREWORKS_CLIENT_CPP_GRPC_CONNECTION_H_
#define FIREWORKS_CLIENT_CPP_GRPC_CONNECTION_H_

#include <memory>
#include <string>

#include "client/cpp/rpc.h"
#include "grpcpp/channel.h"

namespace fireworks::client {

class GrpcConnection final : public Connection {
 public:
  GrpcConnection(std::shared_ptr<grpc::Channel> channel, const std::string& token);

  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const CallOptions& options) override;
  std::unique_ptr<MessageReader> Read(const std::string& method,
                                      const google::protobuf::Message& request,
                                      const CallOptions& options) override;
  std::unique_ptr<MessageWriter> Write(const std::string& method,
                                       const CallOptions& options) override;
  std::shared_ptr<RunningCall> Subscribe(const std::string& method,
                                         const google::protobuf::Message& request,
                                         StreamHandler handler,
                                         const CallOptions& options) override;

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  // Value of `authorization`; empty: none.
  const std::string authorization_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_GRPC_CONNECTION_H_
