// The standard method list.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/resource_methods.h"
#include "tests/simulator/resource_query.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 200;

// What is documented of single lists and not in the inventory.
struct Documented {
  const char* rpc;
  const char* order_by;
  int page_size = kDefaultPageSize;
};

constexpr Documented kDocumented[] = {
    {"ListAuditLogs", "", 10},
    {"ListBatchInferenceJobs", "createTime"},
    {"ListDeploymentShapes", "createTime"},
    {"ListDeploymentShapeVersions", "createTime"},
    {"ListDeployments", "createTime"},
    {"ListDeploymentShards", "createTime"},
    {"ListGenericDeploymentTypes", "createTime"},
    {"ListGenericDeploymentTypeVersions", "createTime"},
    {"ListGenericDeployments", "createTime"},
    {"ListTrails", "createTime desc"},
};

// An empty order is that of names too.
constexpr Documented kOther = {"", ""};

const Documented& DocumentedOf(const std::string& rpc) {
  for (const Documented& documented : kDocumented) {
    if (rpc == documented.rpc) return documented;
  }
  return kOther;
}

struct ListQuery {
  int page_size = kDefaultPageSize;
  bool show_deleted = false;
  ListFilter filter;
  ListOrder order;
  // What a page token is good for.
  std::string fingerprint;
  std::optional<PageToken> token;
};

absl::StatusOr<int> PageSize(const ResourceRequest& request) {
  const std::string text = request.Query("pageSize");
  int size = 0;
  // CheckQuery has seen that it is a number.
  static_cast<void>(absl::SimpleAtoi(text, &size));
  if (size < 0) return absl::InvalidArgumentError("page_size must not be negative");
  if (size > 0) return std::min(size, kMaxPageSize);
  return DocumentedOf(request.facts().rpc).page_size;
}

absl::StatusOr<ListQuery> ReadQuery(const ResourceRequest& request) {
  ListQuery query;
  const Type& message = *request.operation().type->message;
  const absl::StatusOr<int> size = PageSize(request);
  if (!size.ok()) return size.status();
  query.page_size = *size;
  query.show_deleted = request.Flag("showDeleted");

  absl::StatusOr<ListFilter> filter = ListFilter::Parse(message, request.Query("filter"));
  if (!filter.ok()) return filter.status();
  query.filter = *std::move(filter);
  std::string order_by = request.Query("orderBy");
  if (order_by.empty()) order_by = DocumentedOf(request.facts().rpc).order_by;
  absl::StatusOr<ListOrder> order = ListOrder::Parse(message, order_by);
  if (!order.ok()) return order.status();
  query.order = *std::move(order);

  query.fingerprint = absl::StrCat(request.facts().rpc, " ", request.match.target, " ",
                                   request.Query("filter"), " ", request.Query("orderBy"));
  const std::string token = request.Query("pageToken");
  if (token.empty()) return query;
  absl::StatusOr<PageToken> parsed = PageToken::Parse(token, query.fingerprint);
  if (!parsed.ok()) return parsed.status();
  query.token = *std::move(parsed);
  return query;
}

// Whether the place (keys, name) is in front of the other.
bool Before(const ListOrder& order, const Json& left, const std::string& left_name,
            const Json& right, const std::string& right_name) {
  if (order.Before(left, right)) return true;
  return !order.Before(right, left) && left_name < right_name;
}

// All that the filter lets through, in order.
std::vector<Resource*> Select(const ResourceRequest& request, const ListQuery& query,
                              ResourceStore* store) {
  std::vector<Resource*> selected;
  for (Resource* resource : store->Children(*request.operation().type, request.match.target)) {
    if (resource->deleted && !query.show_deleted) continue;
    if (query.filter.Matches(resource->json)) selected.push_back(resource);
  }
  // They come by name, which therefore decides among equals.
  std::stable_sort(selected.begin(), selected.end(), [&](const Resource* a, const Resource* b) {
    return query.order.Before(query.order.Keys(a->json), query.order.Keys(b->json));
  });
  return selected;
}

std::size_t FirstOfPage(const std::vector<Resource*>& selected, const ListQuery& query) {
  if (!query.token) return 0;
  std::size_t first = 0;
  while (first < selected.size() &&
         !Before(query.order, query.token->keys, query.token->name,
                 query.order.Keys(selected[first]->json), selected[first]->name)) {
    ++first;
  }
  return first;
}

// The response's one list.
std::string ItemsKey(const Type& response) {
  for (const Field& field : response.fields) {
    if (field.type->kind == Type::Kind::kList) return field.key;
  }
  return "";
}

}  // namespace

absl::StatusOr<Json> ListResources(const ResourceRequest& request, ResourceStore* store) {
  const std::string& parent = request.match.target;
  if (!parent.empty() && store->Find(parent) == nullptr) {
    return absl::NotFoundError("parent not found");
  }
  const absl::StatusOr<ListQuery> query = ReadQuery(request);
  if (!query.ok()) return query.status();
  const std::vector<Resource*> selected = Select(request, *query, store);
  const std::size_t first = FirstOfPage(selected, *query);
  const std::size_t last = std::min(selected.size(), first + query->page_size);
  Json page = Json::array();
  for (std::size_t i = first; i < last; ++i) {
    Json json = View(*selected[i]);
    const absl::Status masked = ApplyReadMask(request, *selected[i]->type->message, &json);
    if (!masked.ok()) return masked;
    page.push_back(std::move(json));
  }
  std::string next;
  if (last < selected.size()) {
    const Resource& end = *selected[last - 1];
    next = PageToken{query->order.Keys(end.json), end.name}.Text(query->fingerprint);
  }
  for (std::size_t i = first; i < last; ++i) StepLife(selected[i]);
  return Json{{ItemsKey(*request.facts().response), std::move(page)},
              {"nextPageToken", std::move(next)},
              {"totalSize", selected.size()}};
}

}  // namespace fireworks::simulator
