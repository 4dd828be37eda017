// One stored resource and the states that it goes through.
//
// Which states there are is read from the State enum of its type. A new
// resource is in the first of those that its kind begins with, and each read
// takes it one step on, so that a client that polls sees all of them, without a
// clock: CREATING, READY; or VALIDATING, PENDING, CREATING, RUNNING, COMPLETED;
// or UPLOADING, which waits for an upload, and READY.
//
// Values and functions over them; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_STATE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/operation.h"

namespace fireworks::simulator {

struct Resource {
  const ResourceType* type = nullptr;
  std::string name;
  // Its message, with every field present.
  nlohmann::json json;
  // The states still to come.
  std::deque<std::string> upcoming;
  // How many there were at first.
  std::size_t steps = 0;
  // Reads change nothing until something was uploaded.
  bool awaits_upload = false;
  // Deleted, but not for good.
  bool deleted = false;
  // Uploaded: name and bytes.
  std::map<std::string, std::int64_t> files;
  // The history of a deployment's size, as GetLedger answers it.
  nlohmann::json ledger = nlohmann::json::array();
};

// Now, as ProtoJSON prints it.
std::string NowText();

// Puts a new resource into its first state.
void BeginLife(Resource* resource);
// Takes it one step on, as a read does.
void StepLife(Resource* resource);
// Takes it to the last state.
void FinishLife(Resource* resource);

// What was awaited has come.
void EndUpload(Resource* resource);

// A change that takes a while where the type has a state for that.
void BeginUpdate(Resource* resource);

// FAILED_PRECONDITION when it has ended already.
absl::Status Cancel(Resource* resource);
// Begins again. FAILED_PRECONDITION when it is under way or has completed.
absl::Status Resume(Resource* resource);

// Deletion that can be undone, and its undoing, which ends in the last state.
void MarkDeleted(Resource* resource);
absl::Status Undelete(Resource* resource);

// Sets updateTime where there is one.
void Touch(Resource* resource);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_STATE_H_
