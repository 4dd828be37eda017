// The contract mirrors the upstream, and the mirror is not blind: whatever is
// taken from a copy of either side, or changed there, is noticed.
#include "protos/inventory/mirror.h"

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fireworks/options/v1/options.pb.h"
#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "gtest/gtest.h"
#include "protos/inventory/contract_files.h"

namespace fireworks::inventory {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptorProto;
using google::protobuf::ServiceDescriptorProto;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kInventory[] = "protos/inventory/upstream.json";
constexpr char kDeviations[] = "protos/inventory/deviations.json";
constexpr char kContract[] = "protos/contract.binpb";

class MirrorTest : public testing::Test {
 protected:
  void SetUp() override {
    auto inventory = ReadJson(kInventory);
    ASSERT_TRUE(inventory.ok()) << inventory.status();
    inventory_ = *std::move(inventory);
    auto deviations = ReadJson(kDeviations);
    ASSERT_TRUE(deviations.ok()) << deviations.status();
    deviations_ = *std::move(deviations);
    auto set = ReadDescriptorSet(kContract);
    ASSERT_TRUE(set.ok()) << set.status();
    set_ = *std::move(set);
    for (FileDescriptorProto& file : *set_.mutable_file()) file.clear_source_code_info();
    auto contract = ContractFiles::Build(set_);
    ASSERT_TRUE(contract.ok()) << contract.status();
    contract_ = *std::move(contract);
  }

  // Differences that are not deliberate, with `inventory` or `set` in the place
  // of the real one.
  std::vector<std::string> Findings(const Json& inventory) const {
    return FindingsOf(inventory, contract_);
  }
  std::vector<std::string> Findings(const FileDescriptorSet& set) const {
    auto contract = ContractFiles::Build(set);
    if (!contract.ok()) return {absl::StrCat("TEST BROKEN: ", contract.status().ToString())};
    return FindingsOf(inventory_, *contract);
  }

  // The set with one message, field, … changed.
  FileDescriptorSet WithMessage(const std::string& name,
                                const std::function<void(DescriptorProto*)>& change) const {
    FileDescriptorSet set = set_;
    for (FileDescriptorProto& file : *set.mutable_file()) {
      if (file.package() != "fireworks.gateway.v1") continue;
      for (DescriptorProto& message : *file.mutable_message_type()) {
        if (message.name() == name) change(&message);
      }
    }
    return set;
  }
  FileDescriptorSet WithField(const std::string& message, const std::string& name,
                              const std::function<void(FieldDescriptorProto*)>& change) const {
    return WithMessage(message, [&](DescriptorProto* type) {
      for (FieldDescriptorProto& field : *type->mutable_field()) {
        if (field.name() == name) change(&field);
      }
    });
  }
  FileDescriptorSet WithOption(
      const std::string& message, const std::string& name,
      const std::function<void(options::v1::FieldMapping*)>& change) const {
    return WithField(message, name, [&](FieldDescriptorProto* field) {
      change(field->mutable_options()->MutableExtension(options::v1::field));
    });
  }
  FileDescriptorSet WithEnum(const std::string& message, const std::string& name,
                             const std::function<void(EnumDescriptorProto*)>& change) const {
    return WithMessage(message, [&](DescriptorProto* type) {
      for (EnumDescriptorProto& nested : *type->mutable_enum_type()) {
        if (nested.name() == name) change(&nested);
      }
    });
  }
  FileDescriptorSet WithService(
      const std::function<void(ServiceDescriptorProto*)>& change) const {
    FileDescriptorSet set = set_;
    for (FileDescriptorProto& file : *set.mutable_file()) {
      for (ServiceDescriptorProto& service : *file.mutable_service()) change(&service);
    }
    return set;
  }
  FileDescriptorSet WithRule(const std::string& rpc,
                             const std::function<void(google::api::HttpRule*)>& change) const {
    return WithService([&](ServiceDescriptorProto* service) {
      for (MethodDescriptorProto& method : *service->mutable_method()) {
        if (method.name() != rpc) continue;
        change(method.mutable_options()->MutableExtension(google::api::http));
      }
    });
  }

  Json inventory_;
  Json deviations_;
  FileDescriptorSet set_;
  ContractFiles contract_;

 private:
  std::vector<std::string> FindingsOf(const Json& inventory, const ContractFiles& contract) const {
    std::vector<std::string> findings;
    auto report = Compare(inventory, contract.files());
    if (!report.ok()) return {absl::StrCat("TEST BROKEN: ", report.status().ToString())};
    auto verdict = Judge(*report, deviations_);
    if (!verdict.ok()) return {absl::StrCat("TEST BROKEN: ", verdict.status().ToString())};
    for (const Finding& finding : verdict->unexplained) findings.push_back(finding.what);
    return findings;
  }
};

// Takes `optional` away: the one-element oneofs behind it go too.
void DropPresence(DescriptorProto* type) {
  for (FieldDescriptorProto& field : *type->mutable_field()) {
    field.clear_proto3_optional();
    field.clear_oneof_index();
  }
  type->clear_oneof_decl();
}

// Removes the field of that name.
std::function<void(DescriptorProto*)> Without(const std::string& name) {
  return [name](DescriptorProto* type) {
    DropPresence(type);
    for (int i = 0; i < type->field_size(); ++i) {
      if (type->field(i).name() == name) return type->mutable_field()->DeleteSubrange(i, 1);
    }
  };
}

TEST_F(MirrorTest, ContractSaysWhatTheUpstreamSays) {
  auto report = Compare(inventory_, contract_.files());
  ASSERT_TRUE(report.ok()) << report.status();
  std::cout << Summary(*report) << std::endl;
  EXPECT_EQ(report->operations, 206);
  EXPECT_EQ(report->operations_mirrored, report->operations);
  EXPECT_EQ(report->fields_mirrored, report->fields);
  auto verdict = Judge(*report, deviations_);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  std::string unexplained;
  for (const Finding& finding : verdict->unexplained) {
    absl::StrAppend(&unexplained, finding.what, "\n");
  }
  EXPECT_EQ(unexplained, "");
  EXPECT_THAT(verdict->unused, IsEmpty()) << "deviations that are none any more";
}

TEST_F(MirrorTest, EachOperationThatTheUpstreamLosesIsNoticed) {
  for (size_t i = 0; i < inventory_["operations"].size(); ++i) {
    Json inventory = inventory_;
    const std::string rpc = inventory["operations"][i]["rpc"];
    inventory["operations"].erase(i);
    EXPECT_THAT(Findings(inventory), Contains(HasSubstr("invented operation"))) << rpc;
  }
}

TEST_F(MirrorTest, EachRpcThatTheContractLosesIsNoticed) {
  for (const Json& operation : inventory_["operations"]) {
    const std::string rpc = operation["rpc"];
    const std::string api = operation["api"];
    FileDescriptorSet set = set_;
    for (FileDescriptorProto& file : *set.mutable_file()) {
      if (file.package() != absl::StrCat("fireworks.", api, ".v1")) continue;
      for (ServiceDescriptorProto& service : *file.mutable_service()) {
        for (int i = service.method_size() - 1; i >= 0; --i) {
          if (service.method(i).name() == rpc) service.mutable_method()->DeleteSubrange(i, 1);
        }
      }
    }
    EXPECT_THAT(Findings(set), Contains(absl::StrCat("missing operation ", rpc)));
  }
}

// All keys of all schemas, but the tags of unions: those are no fields. In
// slices, which run side by side.
constexpr int kSlices = 4;
class MirrorKeyTest : public MirrorTest, public testing::WithParamInterface<int> {};

TEST_P(MirrorKeyTest, EachKeyThatTheUpstreamLosesIsNoticed) {
  int number = 0;
  for (auto& [name, schema] : inventory_["schemas"].items()) {
    if (!schema.contains("fields") || schema.value("open", false)) continue;
    // Behind a deviation.
    if (name == "GetAccountUsageRequestFilterValues") continue;
    Json& fields = schema["fields"];
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].contains("const") || ++number % kSlices != GetParam()) continue;
      const Json field = fields[i];
      fields.erase(i);
      EXPECT_THAT(Findings(inventory_), Not(IsEmpty())) << name << " " << field;
      fields.insert(fields.begin() + i, field);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Slices, MirrorKeyTest, testing::Range(0, kSlices));

TEST_F(MirrorTest, RemovedFieldIsMissing) {
  EXPECT_THAT(Findings(WithMessage("Dataset", Without("format"))),
              Contains("missing field Dataset.format"));
}

TEST_F(MirrorTest, RemovedQueryFieldIsMissing) {
  EXPECT_THAT(Findings(WithMessage("ListDeploymentsRequest", Without("show_deleted"))),
              Contains("missing field ListDeploymentsRequest.showDeleted"));
}

TEST_F(MirrorTest, AddedFieldIsInvented) {
  const auto change = [](DescriptorProto* type) {
    FieldDescriptorProto* field = type->add_field();
    field->set_name("mood");
    field->set_json_name("mood");
    field->set_number(999);
    field->set_label(FieldDescriptorProto::LABEL_REPEATED);
    field->set_type(FieldDescriptorProto::TYPE_STRING);
  };
  EXPECT_THAT(Findings(WithMessage("Dataset", change)), Contains("invented field Dataset.mood"));
}

TEST_F(MirrorTest, OtherTypeIsNoticed) {
  const auto change = [](FieldDescriptorProto* field) {
    field->set_type(FieldDescriptorProto::TYPE_INT32);
  };
  EXPECT_THAT(Findings(WithField("Dataset", "example_count", change)),
              Contains("wrong type Dataset.exampleCount: is int32, not int64"));
}

TEST_F(MirrorTest, OtherCardinalityIsNoticed) {
  const auto change = [](FieldDescriptorProto* field) {
    field->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
  };
  EXPECT_THAT(Findings(WithField("EvaluatorVersion", "alternate_ids", change)),
              Contains("wrong type EvaluatorVersion.alternateIds: is not repeated"));
}

TEST_F(MirrorTest, OtherKeyIsNoticed) {
  const auto change = [](FieldDescriptorProto* field) { field->set_json_name("size"); };
  EXPECT_THAT(Findings(WithField("Dataset", "example_count", change)),
              Contains("missing field Dataset.exampleCount"));
}

TEST_F(MirrorTest, LostEnumValueIsNoticed) {
  const auto change = [](EnumDescriptorProto* type) { type->mutable_value()->RemoveLast(); };
  EXPECT_THAT(Findings(WithEnum("Dataset", "State", change)),
              Contains("wrong type Dataset.state: lacks the value READY"));
}

TEST_F(MirrorTest, InventedEnumValueIsNoticed) {
  const auto change = [](EnumDescriptorProto* type) {
    auto* value = type->add_value();
    value->set_name("SLEEPING");
    value->set_number(99);
  };
  EXPECT_THAT(Findings(WithEnum("Dataset", "State", change)),
              Contains("wrong type Dataset.state: has the value SLEEPING, which the upstream has "
                       "not"));
}

TEST_F(MirrorTest, LostPresenceIsNoticed) {
  EXPECT_THAT(Findings(WithMessage("Dataset", DropPresence)),
              Contains("lacks presence Dataset.exampleCount"));
}

TEST_F(MirrorTest, LostOutputOnlyIsNoticed) {
  const auto change = [](options::v1::FieldMapping* mapping) { mapping->clear_output_only(); };
  EXPECT_THAT(Findings(WithOption("Dataset", "create_time", change)),
              Contains("lacks output_only Dataset.createTime"));
}

TEST_F(MirrorTest, InventedRequirementIsNoticed) {
  const auto change = [](options::v1::FieldMapping* mapping) { mapping->set_required(true); };
  EXPECT_THAT(Findings(WithOption("Dataset", "display_name", change)),
              Contains("has required Dataset.displayName"));
}

TEST_F(MirrorTest, LostRequirementIsNoticed) {
  const auto change = [](options::v1::FieldMapping* mapping) { mapping->clear_required(); };
  EXPECT_THAT(Findings(WithOption("EvaluationJob", "evaluator", change)),
              Contains("lacks required EvaluationJob.evaluator"));
}

TEST_F(MirrorTest, OtherPathIsNoticed) {
  const auto change = [](google::api::HttpRule* rule) {
    rule->set_get("/v1/{name=accounts/*/dataset/*}");
  };
  EXPECT_THAT(Findings(WithRule("GetDataset", change)),
              Contains(HasSubstr("wrong path GetDataset")));
}

TEST_F(MirrorTest, OtherVerbIsNoticed) {
  const auto change = [](google::api::HttpRule* rule) {
    const std::string path = rule->patch();
    rule->set_put(path);
  };
  EXPECT_THAT(Findings(WithRule("UpdateDataset", change)),
              Contains("wrong verb UpdateDataset: is PUT, not PATCH"));
}

TEST_F(MirrorTest, OtherBodyIsNoticed) {
  const auto change = [](google::api::HttpRule* rule) { rule->set_body("*"); };
  EXPECT_THAT(Findings(WithRule("UpdateDataset", change)),
              Contains("wrong body UpdateDataset: is *, not dataset"));
}

TEST_F(MirrorTest, NewKeysGetTheNextNumbers) {
  Json inventory = inventory_;
  Json& fields = inventory["schemas"]["typeDate"]["fields"];
  fields.push_back({{"key", "weekDay"}, {"type", "string"}});
  fields.push_back({{"key", "leapYear"}, {"type", "boolean"}});
  auto report = Compare(inventory, contract_.files());
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> proposals;
  for (const Finding& finding : report->findings) proposals.push_back(finding.proposal);
  EXPECT_THAT(proposals, Contains("week_day = 4 in Date: string"));
  EXPECT_THAT(proposals, Contains("leap_year = 5 in Date: bool"));
}

TEST_F(MirrorTest, OutdatedDeviationsAreUnused) {
  auto report = Compare(inventory_, contract_.files());
  ASSERT_TRUE(report.ok()) << report.status();
  Json deviations = deviations_;
  deviations.push_back({{"finding", "missing field Dataset.mood"}, {"reason", "once"}});
  auto verdict = Judge(*report, deviations);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->unused, testing::ElementsAre("missing field Dataset.mood"));
}

TEST_F(MirrorTest, DeviationsNeedReasons) {
  Json deviations = Json::array({{{"finding", "missing field Dataset.mood"}}});
  EXPECT_FALSE(Judge(Report(), deviations).ok());
}

TEST_F(MirrorTest, WhatIsNoInventoryIsRefused) {
  EXPECT_FALSE(Compare(Json::object(), contract_.files()).ok());
  EXPECT_FALSE(Compare(Json::parse(R"({"operations": [{}], "streams": [], "schemas": {}})"),
                       contract_.files())
                   .ok());
}

}  // namespace
}  // namespace fireworks::inventory
