// The real contract compiles. Whether its routes are the upstream's operations is
// for protos/inventory to prove.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "service/contract/route.h"

namespace fireworks::contract {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::IsEmpty;
using testing::Not;

constexpr char kProtos[] = "protos";

// The services of all .proto files that the test is given, by full name.
std::vector<const ServiceDescriptor*> Services() {
  std::vector<const ServiceDescriptor*> services;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           kProtos, std::filesystem::directory_options::follow_directory_symlink)) {
    if (entry.path().extension() != ".proto") continue;
    const std::string name = entry.path().lexically_relative(kProtos).string();
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << " is not linked in";
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      services.push_back(file->service(i));
    }
  }
  std::sort(services.begin(), services.end(),
            [](const ServiceDescriptor* a, const ServiceDescriptor* b) {
              return a->full_name() < b->full_name();
            });
  return services;
}

TEST(ContractRoutesTest, EveryMethodOfTheContractCompiles) {
  const std::vector<const ServiceDescriptor*> services = Services();
  ASSERT_THAT(services, Not(IsEmpty()));
  absl::StatusOr<RouteTable> table = RouteTable::Compile(services);
  ASSERT_TRUE(table.ok()) << table.status();
  std::size_t methods = 0;
  for (const ServiceDescriptor* service : services) {
    methods += static_cast<std::size_t>(service->method_count());
  }
  EXPECT_EQ(table->routes().size(), methods);
}

}  // namespace
}  // namespace fireworks::contract
