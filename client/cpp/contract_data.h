// The contract's descriptors with their comments: a serialized FileDescriptorSet whose
// files stand behind those that they import. embed_contract.cc makes it.
#ifndef FIREWORKS_CLIENT_CPP_CONTRACT_DATA_H_
#define FIREWORKS_CLIENT_CPP_CONTRACT_DATA_H_

#include <cstddef>

namespace fireworks::client {

extern const unsigned char kContractData[];
extern const std::size_t kContractSize;

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CONTRACT_DATA_H_
