// Writes the contract as C++ source, so that fwctl knows every method without asking the
// service. A build step:
//
//   embed_contract CONTRACT OUTPUT
//
// CONTRACT is a serialized FileDescriptorSet with source information, of which comments
// are kept.
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "google/protobuf/descriptor.pb.h"

namespace {

using google::protobuf::FileDescriptorSet;
using google::protobuf::SourceCodeInfo;

constexpr std::size_t kBytesPerLine = 32;

void KeepComments(FileDescriptorSet* contract) {
  for (auto& file : *contract->mutable_file()) {
    SourceCodeInfo kept;
    for (auto& location : *file.mutable_source_code_info()->mutable_location()) {
      if (!location.leading_comments().empty()) *kept.add_location() = std::move(location);
    }
    file.mutable_source_code_info()->Swap(&kept);
  }
}

void WriteSource(const std::string& bytes, std::ostream* out) {
  *out << "// The contract. Made by embed_contract.cc.\n"
          "#include \"client/cpp/contract_data.h\"\n\n"
          "namespace fireworks::client {\n\n"
          "const unsigned char kContractData[] = {";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    *out << (i % kBytesPerLine == 0 ? "\n" : "")
         << static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << ',';
  }
  *out << "\n};\nconst std::size_t kContractSize = sizeof kContractData;\n\n"
          "}  // namespace fireworks::client\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed_contract CONTRACT OUTPUT\n";
    return 2;
  }
  std::ifstream input(argv[1], std::ios::binary);
  FileDescriptorSet contract;
  if (!contract.ParseFromIstream(&input)) {
    std::cerr << "embed_contract: " << argv[1] << " is no FileDescriptorSet\n";
    return 1;
  }
  KeepComments(&contract);
  std::ofstream out(argv[2], std::ios::binary);
  WriteSource(contract.SerializeAsString(), &out);
  if (!out.flush()) {
    std::cerr << "embed_contract: " << argv[2] << " can't be written\n";
    return 1;
  }
  return 0;
}
