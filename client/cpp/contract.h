// All services, methods and messages of the contract by name, for calls whose types are
// known only when the program runs. Messages are dynamic ones: read them by reflection.
//
// Made once, at first use; immutable and thread-safe from then on; lives to the end of the
// process, and so do the descriptors.
#ifndef FIREWORKS_CLIENT_CPP_CONTRACT_H_
#define FIREWORKS_CLIENT_CPP_CONTRACT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

class Contract {
 public:
  static const Contract& Get();

  // By full name.
  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const {
    return services_;
  }

  // Names may be full or without their package, a method's also without its service if it
  // is the only one of that name; in any case of letters. `Service/Method` and
  // `Service.Method` are the same. NOT_FOUND with suggestions.
  absl::StatusOr<const google::protobuf::ServiceDescriptor*> FindService(
      absl::string_view name) const;
  absl::StatusOr<const google::protobuf::MethodDescriptor*> FindMethod(
      absl::string_view name) const;

  // Every method as `Service/Method`, in order.
  std::vector<std::string> MethodNames() const;

  // An empty message. `type` must be of the contract.
  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor* type) const;

 private:
  Contract();

  google::protobuf::DescriptorPool pool_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
  // Locks inside: making prototypes is thread-safe.
  mutable google::protobuf::DynamicMessageFactory messages_;
};

// What Connection calls the method by.
std::string PathOf(const google::protobuf::MethodDescriptor* method);

// `Service/Method`.
std::string ShortNameOf(const google::protobuf::MethodDescriptor* method);

// The comment above a service, method or field of the contract, without its
// markers; empty when there is none.
std::string CommentOf(const google::protobuf::ServiceDescriptor* service);
std::string CommentOf(const google::protobuf::MethodDescriptor* method);
std::string CommentOf(const google::protobuf::FieldDescriptor* field);

// The field that holds the entries of a page; null unless the method answers in pages.
const google::protobuf::FieldDescriptor* EntriesOf(
    const google::protobuf::MethodDescriptor* method);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CONTRACT_H_
