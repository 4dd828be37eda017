// What is called: each operation of the inventory, and each stream.
#ifndef FIREWORKS_TESTS_CONFORMANCE_CASES_H_
#define FIREWORKS_TESTS_CONFORMANCE_CASES_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/conformance/inventory.h"

namespace fireworks::conformance {

struct Case {
  const Json* operation = nullptr;
  const Json* stream = nullptr;  // null: the operation itself

  std::string api() const { return operation->at("api"); }
  std::string rpc() const { return (stream == nullptr ? operation : stream)->at("rpc"); }
  // "gateway_ListModels"
  std::string Name() const { return api() + "_" + rpc(); }
};

// For failures of parameterised tests.
inline void PrintTo(const Case& each, std::ostream* out) { *out << each.Name(); }

// The project's inventory. Ends the program when it cannot be read.
const Inventory& TheInventory();

std::vector<Case> UnaryCases();  // and uploads
std::vector<Case> StreamCases();

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_CASES_H_
