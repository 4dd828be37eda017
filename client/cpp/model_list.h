// All models of an account, however many pages they take.
#ifndef FIREWORKS_CLIENT_CPP_MODEL_LIST_H_
#define FIREWORKS_CLIENT_CPP_MODEL_LIST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "grpcpp/channel.h"

namespace fireworks::client {

struct ModelList {
  // Those that had come when the call failed, if it did.
  std::vector<fireworks::gateway::v1::Model> models;
  // Empty: the list is complete.
  absl::optional<Error> error;
};

// Lists from `request` on, page after page. Blocks; any thread. The timeout in
// `options` holds for all pages together.
ModelList ListModels(const std::shared_ptr<grpc::Channel>& channel,
                     fireworks::gateway::v1::ListModelsRequest request,
                     const CallOptions& options = {});

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_MODEL_LIST_H_
