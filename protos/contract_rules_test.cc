// The rules of README.md that a compiler does not know, over every .proto file
// of the contract.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace fireworks {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::Dialect;
using options::v1::FieldMapping;
using options::v1::MessageMapping;

constexpr int kExtraNumber = 1000;

const FieldMapping& MappingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field);
}

MessageMapping::Shape ShapeOf(const Descriptor& type) {
  return type.options().GetExtension(options::v1::message).shape();
}

bool IsUnion(const Descriptor& type) {
  return ShapeOf(type) == MessageMapping::SHAPE_UNTAGGED_UNION ||
         ShapeOf(type) == MessageMapping::SHAPE_TAGGED_UNION;
}

bool IsInference(const FileDescriptor& file) {
  return file.package() == "fireworks.inference.v1";
}

// Names of all .proto files below `folder`, as other files import them.
std::vector<std::string> ProtoFiles(const std::string& folder) {
  std::vector<std::string> names;
  const std::filesystem::path root = "protos";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    if (entry.path().extension() != ".proto") continue;
    names.push_back(entry.path().lexically_relative(root).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<const FileDescriptor*> UpstreamFiles() {
  std::vector<const FileDescriptor*> files;
  for (const char* folder : {"fireworks/gateway", "fireworks/inference"}) {
    for (const std::string& name : ProtoFiles(folder)) {
      const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
      if (file != nullptr) files.push_back(file);
    }
  }
  return files;
}

void Collect(const Descriptor* type, std::vector<const Descriptor*>* types) {
  if (type->options().map_entry()) return;
  types->push_back(type);
  for (int i = 0; i < type->nested_type_count(); ++i) Collect(type->nested_type(i), types);
}

// Requests of client streams; their oneof tells metadata from bytes and is no
// JSON union.
std::set<const Descriptor*> UploadRequests() {
  std::set<const Descriptor*> types;
  for (const FileDescriptor* file : UpstreamFiles()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int k = 0; k < file->service(i)->method_count(); ++k) {
        const MethodDescriptor* method = file->service(i)->method(k);
        if (method->client_streaming()) types.insert(method->input_type());
      }
    }
  }
  return types;
}

// All messages of the management and inference APIs.
std::vector<const Descriptor*> UpstreamMessages() {
  std::vector<const Descriptor*> types;
  for (const FileDescriptor* file : UpstreamFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) Collect(file->message_type(i), &types);
  }
  return types;
}

// Requests of which no JSON object is made: their fields travel in path, query
// and a body field, or in a multipart upload.
std::set<const Descriptor*> RequestsWithoutBody() {
  std::set<const Descriptor*> types;
  for (const FileDescriptor* file : UpstreamFiles()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int k = 0; k < file->service(i)->method_count(); ++k) {
        const MethodDescriptor* method = file->service(i)->method(k);
        if (method->client_streaming()) {
          std::vector<const Descriptor*> parts;
          Collect(method->input_type(), &parts);
          types.insert(parts.begin(), parts.end());
          continue;
        }
        if (!method->options().HasExtension(google::api::http)) continue;
        const std::string& body = method->options().GetExtension(google::api::http).body();
        if (body != "*") types.insert(method->input_type());
      }
    }
  }
  return types;
}

std::vector<const FieldDescriptor*> Keys(const Descriptor& type) {
  std::vector<const FieldDescriptor*> keys;
  for (int i = 0; i < type.field_count(); ++i) {
    if (!MappingOf(*type.field(i)).extra()) keys.push_back(type.field(i));
  }
  return keys;
}

// Scalars that need no presence: identifiers, and the fields of AIP-158 and
// AIP-132 whose empty value means unset.
bool MayLackPresence(const FieldDescriptor& field) {
  static const auto* const names = new std::vector<std::string>{
      "id",         "model",     "model_id", "name",     "next_page_token", "parent",
      "page_token", "page_size", "filter",   "order_by", "total_size"};
  return std::find(names->begin(), names->end(), field.name()) != names->end();
}

TEST(ContractRules, EveryProtoFileIsLinked) {
  const std::vector<std::string> names = ProtoFiles("fireworks");
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    EXPECT_NE(DescriptorPool::generated_pool()->FindFileByName(name), nullptr)
        << name << " is in no target of protos/BUILD.bazel";
  }
}

TEST(ContractRules, EveryJsonObjectCanHoldUnknownKeys) {
  const std::set<const Descriptor*> no_objects = RequestsWithoutBody();
  for (const Descriptor* type : UpstreamMessages()) {
    if (ShapeOf(*type) != MessageMapping::SHAPE_UNSPECIFIED || no_objects.count(type) > 0) continue;
    const FieldDescriptor* extra = type->FindFieldByName("extra_json");
    ASSERT_NE(extra, nullptr) << type->full_name();
    EXPECT_EQ(extra->number(), kExtraNumber) << type->full_name();
    EXPECT_TRUE(MappingOf(*extra).extra()) << type->full_name();
  }
}

TEST(ContractRules, InferenceKeysAreTheWireKeys) {
  for (const Descriptor* type : UpstreamMessages()) {
    if (!IsInference(*type->file()) || ShapeOf(*type) == MessageMapping::SHAPE_UNWRAP) continue;
    for (const FieldDescriptor* field : Keys(*type)) {
      if (IsUnion(*type) && field->real_containing_oneof() != nullptr) continue;
      // The upstream writes snake_case, but perf metrics with hyphens.
      std::string key = field->json_name();
      std::replace(key.begin(), key.end(), '-', '_');
      EXPECT_EQ(key, field->name()) << field->full_name() << " needs a json_name";
    }
  }
}

TEST(ContractRules, FilesOfInferenceMessagesSayTheirDialect) {
  for (const FileDescriptor* file : UpstreamFiles()) {
    if (!IsInference(*file) || file->message_type_count() == 0) continue;
    const Dialect& dialect = file->options().GetExtension(options::v1::dialect);
    EXPECT_EQ(dialect.int64_form(), Dialect::INT64_FORM_NUMBER) << file->name();
    EXPECT_EQ(dialect.request_extra(), Dialect::EXTRA_POLICY_SEND) << file->name();
  }
}

TEST(ContractRules, ScalarsKnowWhetherTheyAreSet) {
  for (const Descriptor* type : UpstreamMessages()) {
    for (const FieldDescriptor* field : Keys(*type)) {
      if (field->is_repeated() || field->has_presence()) continue;
      EXPECT_TRUE(MayLackPresence(*field)) << field->full_name() << " needs `optional`";
    }
  }
}

TEST(ContractRules, OneofsAreUnionsCalledKind) {
  const std::set<const Descriptor*> uploads = UploadRequests();
  for (const Descriptor* type : UpstreamMessages()) {
    const bool has_union = IsUnion(*type) || uploads.count(type) > 0;
    EXPECT_EQ(type->real_oneof_decl_count(), has_union ? 1 : 0) << type->full_name();
    if (type->real_oneof_decl_count() == 0) continue;
    EXPECT_EQ(type->oneof_decl(0)->name(), "kind") << type->full_name();
  }
}

// Numbers may have gaps only where a field was removed, and then say so.
TEST(ContractRules, FieldNumbersHaveNoUnexplainedGaps) {
  for (const Descriptor* type : UpstreamMessages()) {
    std::vector<int> unexplained;
    int last = 0;
    for (const FieldDescriptor* field : Keys(*type)) last = std::max(last, field->number());
    for (int number = 1; number < last; ++number) {
      if (type->FindFieldByNumber(number) == nullptr && !type->IsReservedNumber(number)) {
        unexplained.push_back(number);
      }
    }
    EXPECT_TRUE(unexplained.empty())
        << type->full_name() << ": " << absl::StrJoin(unexplained, ", ");
    EXPECT_LT(last, kExtraNumber) << type->full_name();
  }
}

}  // namespace
}  // namespace fireworks
