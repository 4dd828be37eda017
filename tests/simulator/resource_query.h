// The query of a list: AIP-160 filters, orders and pages.
//
// Of AIP-160 it knows `field = value` and `field != value`, joined by AND, on
// fields at any depth; a value is a word or a quoted string. Whatever else a
// filter says is refused by name rather than misunderstood.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_QUERY_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/inventory.h"
#include "tests/simulator/resource_json.h"

namespace fireworks::simulator {

class ListFilter {
 public:
  // INVALID_ARGUMENT names what of `text` is not understood. An empty filter
  // lets everything through.
  static absl::StatusOr<ListFilter> Parse(const Type& message, absl::string_view text);

  bool Matches(const nlohmann::json& resource) const;

 private:
  struct Comparison {
    FieldPath path;
    bool equal;
    nlohmann::json value;
  };

  std::vector<Comparison> comparisons_;
};

class ListOrder {
 public:
  // "field", "field desc" or several of them with commas. INVALID_ARGUMENT names
  // what is not understood. An empty order keeps the resources as they are.
  static absl::StatusOr<ListOrder> Parse(const Type& message, absl::string_view text);

  // What `resource` is ordered by: keys, compared by Before.
  nlohmann::json Keys(const nlohmann::json& resource) const;
  // Any JSON will do for keys, also such as no resource has.
  bool Before(const nlohmann::json& left, const nlohmann::json& right) const;

 private:
  struct Term {
    FieldPath path;
    bool descending;
  };

  std::vector<Term> terms_;
};

// Where a page ended. `list` stands for what was asked: parent, filter and
// order, which must be the same for the next page.
struct PageToken {
  // INVALID_ARGUMENT when it is none, or one of another list.
  static absl::StatusOr<PageToken> Parse(absl::string_view text, absl::string_view list);
  std::string Text(absl::string_view list) const;

  // Of the last resource of the page.
  nlohmann::json keys;
  std::string name;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_QUERY_H_
