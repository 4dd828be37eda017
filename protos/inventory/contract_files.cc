#include "protos/inventory/contract_files.h"

#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace fireworks::inventory {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;

absl::StatusOr<ContractFiles> ContractFiles::Build(const FileDescriptorSet& set) {
  ContractFiles contract;
  contract.pool_ = std::make_unique<DescriptorPool>();
  for (const FileDescriptorProto& proto : set.file()) {
    const FileDescriptor* file = contract.pool_->BuildFile(proto);
    if (file == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("descriptors do not build: ", proto.name()));
    }
    contract.files_.push_back(file);
  }
  return contract;
}

absl::StatusOr<ContractFiles> ContractFiles::Read(const std::string& path) {
  absl::StatusOr<FileDescriptorSet> set = ReadDescriptorSet(path);
  if (!set.ok()) return set.status();
  return Build(*set);
}

absl::StatusOr<FileDescriptorSet> ReadDescriptorSet(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  FileDescriptorSet set;
  if (!set.ParseFromIstream(&file)) {
    return absl::InvalidArgumentError(absl::StrCat("no FileDescriptorSet: ", path));
  }
  return set;
}

absl::StatusOr<Json> ReadJson(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  Json json = Json::parse(file, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError(absl::StrCat("no JSON: ", path));
  return json;
}

}  // namespace fireworks::inventory
