// The contract's descriptors out of a FileDescriptorSet, and JSON out of a file:
// what the mirror compares.
#ifndef FIREWORKS_PROTOS_INVENTORY_CONTRACT_FILES_H_
#define FIREWORKS_PROTOS_INVENTORY_CONTRACT_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "protos/inventory/mirror.h"

namespace fireworks::inventory {

// Owns the descriptors of a FileDescriptorSet. Moves leave them where they are.
// Immutable; any thread.
class ContractFiles {
 public:
  // `set` holds all imports, each before whatever imports it. INVALID_ARGUMENT
  // names the file that does not build.
  static absl::StatusOr<ContractFiles> Build(const google::protobuf::FileDescriptorSet& set);

  // The same from a file that protoc wrote with --include_imports.
  static absl::StatusOr<ContractFiles> Read(const std::string& path);

  // Of all files, imports too.
  const std::vector<const google::protobuf::FileDescriptor*>& files() const { return files_; }

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
};

// NOT_FOUND or INVALID_ARGUMENT name the path.
absl::StatusOr<google::protobuf::FileDescriptorSet> ReadDescriptorSet(const std::string& path);
absl::StatusOr<Json> ReadJson(const std::string& path);

}  // namespace fireworks::inventory

#endif  // FIREWORKS_PROTOS_INVENTORY_CONTRACT_FILES_H_
