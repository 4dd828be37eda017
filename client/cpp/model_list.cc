#include "client/cpp/model_list.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace fireworks::client {

using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using fireworks::gateway::v1::ModelService;

ModelList ListModels(const std::shared_ptr<grpc::Channel>& channel, ListModelsRequest request,
                     const CallOptions& options) {
  const auto stub = ModelService::NewStub(channel);
  const absl::Time start = absl::Now();
  ModelList list;
  while (true) {
    CallOptions page_options = options;
    if (options.timeout) page_options.timeout = *options.timeout - (absl::Now() - start);
    grpc::ClientContext context;
    ApplyTo(page_options, &context);
    ListModelsResponse page;
    const grpc::Status status = stub->ListModels(&context, request, &page);
    if (!status.ok()) {
      list.error = ErrorFromStatus(status);
      list.error->unreachable = list.models.empty() && NeverConnected(status, *channel);
      return list;
    }
    for (auto& model : *page.mutable_models()) list.models.push_back(std::move(model));
    if (page.next_page_token().empty()) return list;
    if (page.next_page_token() == request.page_token()) {
      list.error.emplace();
      list.error->code = grpc::StatusCode::INTERNAL;
      list.error->message = "the list does not end: a page named itself as the next one";
      return list;
    }
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace fireworks::client
