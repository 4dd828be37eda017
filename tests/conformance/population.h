// Makes values from facts: every field set, each leaf distinct from every other,
// always the same for the same calls.
//
// Unions and enums take turns: each time that a fact is met it is the next arm's
// or name's turn, so that repeated making covers all arms.
#ifndef FIREWORKS_TESTS_CONFORMANCE_POPULATION_H_
#define FIREWORKS_TESTS_CONFORMANCE_POPULATION_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/inventory.h"
#include "tests/conformance/value.h"

namespace fireworks::conformance {

enum class Extent {
  kEverything,
  kRequired,  // what a request needs; required and nullable: null
  kNothing,   // null where it may be, empty lists and maps
};

class Populator {
 public:
  // `inventory` outlives populator and values.
  explicit Populator(const Inventory& inventory) : inventory_(inventory) {}

  // `unknown_keys`: one more key in each object.
  Value Make(const Json& fact, Extent extent, bool unknown_keys);

  // Whether each union that was met has had each arm, and each enum each name.
  bool HadEveryChoice() const;

  // A number that was never given before.
  int Next() { return ++count_; }

 private:
  Value MakeObject(const Json& fact, const Json& node);
  Value MakeMember(const std::string& schema, const Json& member);
  Value MakeParts(const Json& fact);
  Value MakeRaw(const Json& node);
  Json MakeScalar(const Json& node);
  Json MakeText(const Json& node);
  bool IsLeftOut(const Json& member) const;
  bool Reopens(const Json& fact) const;

  // Of `choices` (at least one), the one whose turn it is for `node`.
  std::size_t TakeTurn(const Json& node, std::size_t choices);

  const Inventory& inventory_;
  int count_ = 0;
  std::map<const Json*, std::size_t> turns_;
  std::map<const Json*, std::size_t> choices_;  // how many each union and enum has
  // Of the making that is under way.
  Extent extent_ = Extent::kEverything;
  bool unknown_keys_ = false;
  std::vector<std::string> open_;  // schemas, outermost first
};

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_POPULATION_H_
