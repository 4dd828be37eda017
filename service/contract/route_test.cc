#include "service/contract/route.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/contract/testdata/broken.pb.h"
#include "service/contract/testdata/library.pb.h"

namespace fireworks::contract {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const FileDescriptor* Library() { return testdata::Book::descriptor()->file(); }
const FileDescriptor* Broken() { return testdata::broken::Empty::descriptor()->file(); }

class RouteTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<RouteTable> table =
        RouteTable::Compile({Library()->service(0), Library()->service(1)});
    ASSERT_TRUE(table.ok()) << table.status();
    table_ = std::make_unique<RouteTable>(*std::move(table));
  }
  static void TearDownTestSuite() { table_.reset(); }

  static const Route& Get(const char* service_and_method) {
    const Route* route =
        table_->Find(absl::StrCat("/fireworks.contract.testdata.", service_and_method));
    EXPECT_NE(route, nullptr) << service_and_method;
    static const Route* const kNone = new Route();
    return route == nullptr ? *kNone : *route;
  }

  static std::unique_ptr<RouteTable> table_;
};

std::unique_ptr<RouteTable> RouteTest::table_;

TEST_F(RouteTest, EveryMethodHasARouteInOrder) {
  ASSERT_EQ(table_->routes().size(), 13u);
  EXPECT_EQ(table_->routes().front().rpc_path,
            "/fireworks.contract.testdata.LibraryService/GetBook");
  EXPECT_EQ(table_->routes().back().method->name(), "CreateStory");
  for (const Route& route : table_->routes()) {
    EXPECT_EQ(table_->Find(route.rpc_path), &route);
    EXPECT_EQ(route.rpc_path,
              "/" + route.method->service()->full_name() + "/" + route.method->name());
  }
}

TEST_F(RouteTest, UnknownPathsAreNotFound) {
  EXPECT_EQ(table_->Find("/fireworks.contract.testdata.LibraryService/Nope"), nullptr);
  EXPECT_EQ(table_->Find("fireworks.contract.testdata.LibraryService/GetBook"), nullptr);
  EXPECT_EQ(table_->Find(""), nullptr);
}

TEST_F(RouteTest, GetHasAQueryAndNoBody) {
  const Route& route = Get("LibraryService/GetBook");
  EXPECT_EQ(route.verb, Verb::kGet);
  EXPECT_EQ(route.path.text(), "/v1/{name=accounts/*/books/*}");
  ASSERT_EQ(route.path_variables.size(), 1u);
  EXPECT_EQ(route.path_variables[0].text(), "name");
  EXPECT_EQ(route.body, BodyKind::kNone);
  EXPECT_EQ(route.body_field, nullptr);
  EXPECT_THAT(route.path_fields, IsEmpty());
  ASSERT_EQ(route.query.size(), 1u);
  EXPECT_EQ(route.query[0].key, "readMask");
  EXPECT_EQ(route.update_mask, nullptr);
  EXPECT_FALSE(route.stream.has_value());
  EXPECT_TRUE(route.model.empty());
  EXPECT_TRUE(route.usage.prompt_tokens.empty());
  EXPECT_TRUE(route.references.empty());
  EXPECT_FALSE(route.local);
  EXPECT_FALSE(route.empty_response);
}

TEST_F(RouteTest, BodyFieldLeavesTheRestToTheQuery) {
  const Route& route = Get("LibraryService/CreateBook");
  EXPECT_EQ(route.verb, Verb::kPost);
  EXPECT_EQ(route.body, BodyKind::kField);
  EXPECT_EQ(route.body_field->name(), "book");
  EXPECT_THAT(route.path_fields, IsEmpty());
  ASSERT_EQ(route.query.size(), 2u);
  EXPECT_EQ(route.query[0].key, "bookId");
  EXPECT_EQ(route.query[1].key, "validateOnly");
  EXPECT_EQ(route.update_mask, nullptr);
  EXPECT_FALSE(route.references.empty());
}

TEST_F(RouteTest, PatchOfABodyFieldIsByMask) {
  const Route& route = Get("LibraryService/UpdateBook");
  EXPECT_EQ(route.verb, Verb::kPatch);
  EXPECT_EQ(route.body_field->name(), "book");
  ASSERT_NE(route.update_mask, nullptr);
  EXPECT_EQ(route.update_mask->name(), "update_mask");
  // The bound field of the body's message is not in the body.
  EXPECT_THAT(route.path_fields,
              ElementsAre(testdata::Book::descriptor()->FindFieldByName("name")));
  ASSERT_EQ(route.query.size(), 1u);
  EXPECT_EQ(route.query[0].key, "validateOnly");
}

TEST_F(RouteTest, OtherVerbsTakeAMaskAsAnyParameter) {
  const Route& route = Get("LibraryService/ReplaceBook");
  EXPECT_EQ(route.verb, Verb::kPut);
  EXPECT_EQ(route.update_mask, nullptr);
  ASSERT_EQ(route.query.size(), 2u);
  EXPECT_EQ(route.query[0].key, "updateMask");
}

TEST_F(RouteTest, PatchOfTheWholeRequestNeedsNoMask) {
  const Route& route = Get("LibraryService/ScaleBook");
  EXPECT_EQ(route.verb, Verb::kPatch);
  EXPECT_EQ(route.body, BodyKind::kWhole);
  EXPECT_EQ(route.update_mask, nullptr);
  EXPECT_THAT(route.query, IsEmpty());
  EXPECT_THAT(route.path_fields,
              ElementsAre(testdata::ScaleBookRequest::descriptor()->FindFieldByName("name")));
}

TEST_F(RouteTest, DeleteMayAnswerNothing) {
  const Route& route = Get("LibraryService/DeleteBook");
  EXPECT_EQ(route.verb, Verb::kDelete);
  EXPECT_TRUE(route.empty_response);
  ASSERT_EQ(route.query.size(), 1u);
  EXPECT_EQ(route.query[0].key, "hard");
}

TEST_F(RouteTest, UploadKeepsItsStreamOfRequests) {
  const Route& route = Get("LibraryService/UploadBook");
  EXPECT_TRUE(route.method->client_streaming());
  EXPECT_EQ(route.body, BodyKind::kWhole);
  EXPECT_EQ(route.path_variables[0].text(), "metadata.name");
  EXPECT_THAT(route.query, IsEmpty());
  ASSERT_TRUE(route.upload.has_value());
  EXPECT_EQ(route.upload->part, "file");
  EXPECT_EQ(route.upload->data.text(), "data");
  EXPECT_EQ(route.upload->file_name.text(), "metadata.file_name");
  EXPECT_EQ(route.upload->size.text(), "metadata.size");
}

TEST_F(RouteTest, LocalMethodHasNoRule) {
  const Route& route = Get("LibraryService/Ping");
  EXPECT_TRUE(route.local);
  EXPECT_EQ(route.path.text(), "");
}

TEST_F(RouteTest, StreamSharesItsTwinsRule) {
  const Route& route = Get("StoryService/StreamStory");
  const Route& twin = Get("StoryService/CreateStory");
  EXPECT_EQ(route.verb, Verb::kPost);
  EXPECT_EQ(route.path.text(), twin.path.text());
  EXPECT_EQ(route.body, BodyKind::kWhole);
  EXPECT_FALSE(twin.stream.has_value());
  ASSERT_EQ(twin.usage.prompt_tokens.size(), 1);
  EXPECT_EQ(twin.usage.prompt_tokens[0].leaf()->containing_type(), testdata::Usage::descriptor());
  EXPECT_TRUE(twin.usage.cached_tokens.empty());
}

TEST_F(RouteTest, StreamRulesAreResolved) {
  const Route& route = Get("StoryService/StreamStory");
  ASSERT_TRUE(route.stream.has_value());
  const StreamRules& rules = *route.stream;
  EXPECT_EQ(rules.stream_field, "stream");
  EXPECT_EQ(rules.done_marker, "[DONE]");
  EXPECT_EQ(rules.event_type.text(), "type");
  EXPECT_THAT(rules.final_events, ElementsAre("end"));
  EXPECT_THAT(rules.failed_events, ElementsAre("failed"));
  EXPECT_THAT(rules.cancelled_events, ElementsAre("cancelled"));
  EXPECT_EQ(rules.choice_index.text(), "choices.index");
  EXPECT_EQ(rules.finish_reason.text(), "choices.finish_reason");
  EXPECT_EQ(rules.failed_finish_reason, "error");
  EXPECT_EQ(rules.choice_count.fields()[0]->containing_type(),
            testdata::CreateStoryRequest::descriptor());
  EXPECT_EQ(rules.prompts.text(), "prompts");
  EXPECT_EQ(rules.error_key, "error");
  EXPECT_THAT(rules.error_events, ElementsAre("error"));
  const auto texts = [](const std::vector<FieldPath>& paths) {
    std::vector<std::string> result;
    for (const FieldPath& path : paths) result.push_back(path.text());
    return result;
  };
  EXPECT_THAT(texts(route.usage.prompt_tokens), ElementsAre("usage.prompt_tokens"));
  EXPECT_THAT(texts(route.usage.completion_tokens),
              ElementsAre("usage.completion_tokens", "usage.details.completion_tokens"));
  EXPECT_THAT(texts(route.usage.cached_tokens), ElementsAre("usage.details.cached_tokens"));
  EXPECT_EQ(route.model.text(), "model");
}

TEST_F(RouteTest, ServiceListedTwiceIsRefused) {
  const absl::Status status =
      RouteTable::Compile({Library()->service(0), Library()->service(0)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("listed twice"));
}

TEST(VerbNameTest, IsTheHttpMethod) {
  EXPECT_EQ(VerbName(Verb::kGet), "GET");
  EXPECT_EQ(VerbName(Verb::kPost), "POST");
  EXPECT_EQ(VerbName(Verb::kPut), "PUT");
  EXPECT_EQ(VerbName(Verb::kPatch), "PATCH");
  EXPECT_EQ(VerbName(Verb::kDelete), "DELETE");
}

struct Mistake {
  const char* service;
  const char* message;
};

const Mistake kMistakes[] = {
    {"NoRule", "has no http rule; add google.api.http, or the option local"},
    {"AdditionalBindings", "additional_bindings are not supported"},
    {"ResponseBody", "response_body is not supported"},
    {"CustomVerb", "no verb that is supported"},
    {"RuleWithoutVerb", "no verb that is supported"},
    {"TemplateSyntax", "path template \"/v1/{name\": expected \"}\" at byte 9"},
    {"VariableWithoutField", "Named has no field \"nmae\""},
    {"VariableThroughScalar", "Named.name is no message"},
    {"VariableIsNumber", "path variable \"size\" must be a singular string"},
    {"VariableIsRepeated", "path variable \"tags\" must be a singular string"},
    {"VariableCrossesRepeated", "path variable \"parts.name\" crosses a repeated field"},
    {"GetWithBody", "a GET has no body"},
    {"BodyWithoutField", "body \"thing\" must name a singular message field of"},
    {"BodyIsScalar", "body \"size\" must name a singular message field of"},
    {"BodyIsRepeated", "body \"parts\" must name a singular message field of"},
    {"NestedVariableInWholeBody", "\"part.name\" lies too deep in the body"},
    {"DeepVariableInBodyField", "\"deep.named.name\" lies too deep in the body"},
    {"PatchWithoutMask", "needs `google.protobuf.FieldMask update_mask`"},
    {"PatchWithStringMask", "needs `google.protobuf.FieldMask update_mask`"},
    {"QueryMapWithoutOption", "WithMap.labels cannot travel in the query string: it is a map"},
    {"QueryMapOfNumbers", "WithNumberMap.counts cannot travel"},
    {"QueryMapWithNumberKeys", "WithNumberKeys.names cannot travel"},
    {"QueryMapOnString", "query_map wants a map"},
    {"QueryExtra", "WithExtra.extra_json cannot travel in the query string: it holds JSON"},
    {"QueryRepeatedMessage", "WithRepeatedMessage.parts cannot travel"},
    {"QueryRecursiveMessage", "Tree.left cannot travel in the query string: its message holds "},
    {"QueryStruct", "google.protobuf.Struct has no form there"},
    {"StreamWithoutOption", "the option stream and a stream of responses need each other"},
    {"StreamOptionOnUnary", "the option stream and a stream of responses need each other"},
    {"StreamWithOwnRule", "shares the http rule of its stream_of; remove its own"},
    {"StreamWithoutTwin", "stream_of \"Create\" is no method of"},
    {"StreamOfItself", "stream_of \"Call\" must be unary and have an http rule"},
    {"StreamOfAnotherRequest", "both must take the same message"},
    {"StreamFieldWithoutBody", "stream_field needs a twin with body: \"*\""},
    {"StreamFieldInRequest", "stream_field \"stream\" is a field of"},
    {"StreamEventTypeUnknown", "event_type: path \"type\": "},
    {"StreamFinishReasonIsNumber", "finish_reason \"size\" must be a singular string"},
    {"StreamChoiceIndexIsString", "choice_index \"name\" must be a singular integer"},
    {"StreamChoiceCountIsNoField", "Named has no field \"n\""},
    {"BidirectionalStream", "streams both ways"},
    {"UploadWithoutOption", "the option multipart and a stream of requests need each other"},
    {"UploadOptionOnUnary", "the option multipart and a stream of requests need each other"},
    {"UploadWithoutData", "multipart needs the name of its part and the path of its data"},
    {"UploadDataIsString", "multipart data \"name\" must be a singular bytes field"},
    {"UploadWithoutBody", "an upload needs body: \"*\""},
    {"LocalWithRule", "is local, so it has no http rule"},
    {"UsageWithoutField", "usage.prompt_tokens: path \"usage.prompt_tokens\": "},
    {"UsageIsString", "usage.cached_tokens \"name\" must be a singular integer"},
    {"ModelIsNumber", "model \"size\" must be a singular string"},
    {"ModelCrossesRepeated", "model \"parts.name\" crosses a repeated field"},
    {"ReferenceIsNumber", "WithNumberReference.model has the option resource_reference"},
};

TEST(BrokenContractTest, EveryMistakeNamesTheMethodAndTheRemedy) {
  for (const Mistake& mistake : kMistakes) {
    SCOPED_TRACE(mistake.service);
    const ServiceDescriptor* service = Broken()->FindServiceByName(mistake.service);
    ASSERT_NE(service, nullptr);
    const absl::Status status = RouteTable::Compile({service}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(service->full_name() + ".Call: "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(mistake.message));
  }
}

TEST(BrokenContractTest, EveryBrokenServiceIsTried) {
  std::set<std::string> tried;
  for (const Mistake& mistake : kMistakes) tried.insert(mistake.service);
  for (int i = 0; i < Broken()->service_count(); ++i) {
    EXPECT_EQ(tried.count(Broken()->service(i)->name()), 1u) << Broken()->service(i)->name();
  }
}

}  // namespace
}  // namespace fireworks::contract
