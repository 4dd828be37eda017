#include "tests/simulator/resource_api.h"

#include <utility>

#include "tests/simulator/errors.h"
#include "tests/simulator/operation.h"
#include "tests/simulator/resource_methods.h"
#include "tests/simulator/resource_request.h"
#include "tests/simulator/resource_seed.h"
#include "tests/simulator/resource_verbs.h"

namespace fireworks::simulator {

using Json = nlohmann::json;

ResourceApi::ResourceApi(std::size_t capacity) : store_(capacity) {
  Reset();
}

void ResourceApi::Reset() {
  std::lock_guard<std::mutex> lock(mutex_);
  store_.Clear();
  // A store too small for them all has as many as it can hold.
  static_cast<void>(Seed(&store_));
}

HttpResponse ResourceApi::Handle(const HttpRequest& request) {
  const absl::StatusOr<Json> answer = Answer(request);
  // Names of files may hold bytes that are not UTF-8.
  if (answer.ok()) {
    return JsonResponse(200, answer->dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  // Abseil's codes are gRPC's.
  return StatusError(static_cast<int>(answer.status().code()), answer.status().message());
}

absl::StatusOr<Json> ResourceApi::Answer(const HttpRequest& http) {
  absl::StatusOr<OperationMatch> match = OperationTable::Upstream().Match(http.method, http.path());
  if (!match.ok()) return match.status();
  const ResourceRequest request{*std::move(match), &http};
  if (absl::Status status = CheckQuery(request); !status.ok()) return status;
  std::lock_guard<std::mutex> lock(mutex_);
  switch (request.operation().kind) {
    case Operation::Kind::kGet:
      return GetResource(request, &store_);
    case Operation::Kind::kList:
      return ListResources(request, &store_);
    case Operation::Kind::kCreate:
      return CreateResource(request, &store_);
    case Operation::Kind::kUpdate:
      return UpdateResource(request, &store_);
    case Operation::Kind::kDelete:
      return DeleteResource(request, &store_);
    case Operation::Kind::kCustom:
      return CallCustom(request, &store_);
  }
  return absl::InternalError("no such kind of operation");
}

std::string ResourceApi::Catalogue() {
  std::lock_guard<std::mutex> lock(mutex_);
  return ModelCatalogue(&store_);
}

}  // namespace fireworks::simulator
