// The resources that the simulator begins with, and the inference catalogue,
// which is made of its models.
//
// Functions over a store; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_SEED_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_SEED_H_

#include <string>

#include "absl/status/status.h"
#include "tests/simulator/resource_store.h"

namespace fireworks::simulator {

// Adds accounts/fireworks, accounts/test-account and some models of each to an
// empty store. RESOURCE_EXHAUSTED when it is too small for them.
absl::Status Seed(ResourceStore* store);

// GET /inference/v1/models: the READY models of all accounts.
std::string ModelCatalogue(ResourceStore* store);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_SEED_H_
