// The mirror: does the contract say what the upstream's document says?
//
// Walks an inventory (upstream.json, made by extract.py: facts of the OpenAPI
// document) against descriptors, both ways: operations with verb, path, query and
// body; messages with JSON keys, types, enum values, presence and who sets a
// field. Every difference is a finding, one line of text that is the same as long
// as the difference is, so that deliberate ones can be listed by it
// (deviations.json) with their reasons.
//
// Plain functions over values; any thread. Descriptors and JSON are only borrowed
// for the call.
#ifndef FIREWORKS_PROTOS_INVENTORY_MIRROR_H_
#define FIREWORKS_PROTOS_INVENTORY_MIRROR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace fireworks::inventory {

// Keeps the document's order of keys and fields.
using Json = nlohmann::ordered_json;

// One difference.
struct Finding {
  // Such as "missing field Model.kind".
  std::string what;
  // What would mend it, with a free field number; empty when a hand is needed.
  std::string proposal;
};

struct Report {
  // Operations of the document, and those that have an RPC.
  int operations = 0;
  int operations_mirrored = 0;
  // JSON keys and query parameters that the operations reach, and those that the
  // messages have.
  int fields = 0;
  int fields_mirrored = 0;
  // In the order of the inventory.
  std::vector<Finding> findings;
};

// The whole inventory against the packages fireworks.gateway.v1 and
// fireworks.inference.v1 of `files`. INVALID_ARGUMENT when `inventory` is not an
// inventory.
absl::StatusOr<Report> Compare(const Json& inventory,
                               const std::vector<const google::protobuf::FileDescriptor*>& files);

// What remains of a report when deliberate differences are taken out.
struct Verdict {
  std::vector<Finding> unexplained;
  // Deviations that no finding matches: they are outdated.
  std::vector<std::string> unused;
};

// `deviations` is an array of {"finding": text, "reason": text}. Two entries of
// the same finding, or one without a reason, are INVALID_ARGUMENT.
absl::StatusOr<Verdict> Judge(const Report& report, const Json& deviations);

// "206/206 operations, 2108/2108 fields".
std::string Summary(const Report& report);

}  // namespace fireworks::inventory

#endif  // FIREWORKS_PROTOS_INVENTORY_MIRROR_H_
