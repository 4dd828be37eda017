#include "tests/simulator/response_store.h"

#include <algorithm>

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxResponses = 1000;

// The position of the response called `id`, or the end.
template <typename Responses>
auto Position(Responses& responses, const std::string& id) {
  return std::find_if(responses.begin(), responses.end(),
                      [&id](const auto& response) { return response.first == id; });
}

}  // namespace

void ResponseStore::Add(StoredResponse stored) {
  std::string id = stored.response["id"].get<std::string>();
  std::lock_guard<std::mutex> lock(mutex_);
  responses_.emplace_front(std::move(id), std::move(stored));
  if (responses_.size() > kMaxResponses) responses_.pop_back();
}

std::optional<StoredResponse> ResponseStore::Find(const std::string& id) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = Position(responses_, id);
  if (found == responses_.end()) return std::nullopt;
  return found->second;
}

bool ResponseStore::Delete(const std::string& id) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = Position(responses_, id);
  if (found == responses_.end()) return false;
  responses_.erase(found);
  return true;
}

void ResponseStore::Clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  responses_.clear();
}

Json ResponseStore::List(std::size_t limit, const std::string& after,
                         const std::string& before) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto begin = Position(responses_, after);
  begin = begin == responses_.end() ? responses_.begin() : begin + 1;
  const auto end = std::max(begin, Position(responses_, before));
  Json data = Json::array();
  for (auto it = begin; it != end && data.size() < limit; ++it) data.push_back(it->second.response);
  const bool has_more = static_cast<std::size_t>(end - begin) > data.size();
  const Json first = data.empty() ? Json() : data.front()["id"];
  const Json last = data.empty() ? Json() : data.back()["id"];
  return {{"object", "list"},
          {"data", std::move(data)},
          {"has_more", has_more},
          {"first_id", first},
          {"last_id", last}};
}

}  // namespace fireworks::simulator
