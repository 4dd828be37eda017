#include "tests/conformance/cases.h"

#include <cstdlib>
#include <iostream>

namespace fireworks::conformance {

const Inventory& TheInventory() {
  static const auto* const inventory = [] {
    absl::StatusOr<Inventory> read = Inventory::Read("protos/inventory/upstream.json",
                                                     "protos/inventory/deviations.json");
    if (!read.ok()) {
      std::cerr << read.status() << std::endl;
      std::abort();
    }
    return new Inventory(*std::move(read));
  }();
  return *inventory;
}

std::vector<Case> UnaryCases() {
  std::vector<Case> cases;
  for (const Json& operation : TheInventory().operations()) cases.push_back({&operation, nullptr});
  return cases;
}

std::vector<Case> StreamCases() {
  std::vector<Case> cases;
  for (const Json& stream : TheInventory().streams()) {
    cases.push_back({&TheInventory().UnaryOf(stream), &stream});
  }
  return cases;
}

}  // namespace fireworks::conformance
