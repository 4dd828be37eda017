// The management API's models: what upstream sees of each operation, and what
// of a hostile name it never sees.
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using nlohmann::json;
namespace gateway = fireworks::gateway::v1;

constexpr char kOwnBase[] = "accounts/test-account/models/own-base";

class ModelTest : public ServiceTest {
 protected:
  grpc::Status Get(const std::string& name, absl::string_view directives = {}) {
    CallContext context(directives);
    gateway::GetModelRequest request;
    request.set_name(name);
    const grpc::Status status = models().GetModel(&context, request, &model_);
    request_id_ = context.request_id();
    return status;
  }

  grpc::Status Update(const gateway::UpdateModelRequest& request) {
    CallContext context;
    const grpc::Status status = models().UpdateModel(&context, request, &model_);
    request_id_ = context.request_id();
    return status;
  }

  // What upstream saw of the last call.
  simulator::SeenRequest Seen() {
    const auto seen = simulator().Find(request_id_);
    EXPECT_TRUE(seen.ok()) << seen.status();
    return seen.ok() ? *seen : simulator::SeenRequest{};
  }

  gateway::Model model_;
  std::string request_id_;
};

TEST_F(ModelTest, ListPageByPage) {
  gateway::ListModelsRequest request;
  request.set_parent("accounts/fireworks");
  request.set_page_size(2);
  std::set<std::string> names;
  int pages = 0;
  do {
    CallContext context;
    gateway::ListModelsResponse page;
    ASSERT_TRUE(models().ListModels(&context, request, &page).ok());
    EXPECT_LE(page.models_size(), 2);
    EXPECT_EQ(page.total_size(), 5);
    for (const gateway::Model& model : page.models()) names.insert(model.name());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(names.size(), 5u);
}

TEST_F(ModelTest, ListSendsItsQuery) {
  gateway::ListModelsRequest request;
  request.set_parent("accounts/fireworks");
  request.set_filter("display_name=\"b & c\"");
  request.mutable_read_mask()->add_paths("display_name");
  CallContext context;
  gateway::ListModelsResponse page;
  ASSERT_TRUE(models().ListModels(&context, request, &page).ok());
  const auto seen = simulator().Find(context.request_id());
  EXPECT_EQ(seen->method, "GET");
  EXPECT_EQ(seen->target,
            "/v1/accounts/fireworks/models"
            "?filter=display_name%3D%22b%20%26%20c%22&readMask=display_name");
  EXPECT_EQ(seen->body, "");
}

TEST_F(ModelTest, GetBringsEveryField) {
  ASSERT_TRUE(Get("accounts/fireworks/models/chat-large").ok());
  EXPECT_EQ(Seen().target, "/v1/accounts/fireworks/models/chat-large");
  EXPECT_EQ(model_.kind(), gateway::Model::HF_BASE_MODEL);
  EXPECT_EQ(model_.state(), gateway::Model::READY);
  EXPECT_EQ(model_.status().code(), gateway::Status::OK);
  EXPECT_EQ(model_.base_model_details().parameter_count(), 1'000'000'000'000);
  EXPECT_EQ(model_.create_time().nanos(), 123'456'000);
  EXPECT_EQ(model_.context_length(), 131072);
  EXPECT_TRUE(model_.extra_json().empty());
}

TEST_F(ModelTest, CreateSendsModelAndId) {
  gateway::CreateModelRequest request;
  request.set_parent("accounts/test-account");
  request.set_model_id("fresh");
  request.mutable_model()->set_display_name("Fresh");
  request.mutable_model()->set_kind(gateway::Model::CUSTOM_MODEL);
  request.mutable_model()->set_public_(false);
  CallContext context;
  ASSERT_TRUE(models().CreateModel(&context, request, &model_).ok());
  EXPECT_EQ(model_.name(), "accounts/test-account/models/fresh");
  EXPECT_EQ(model_.display_name(), "Fresh");
  EXPECT_EQ(model_.state(), gateway::Model::UPLOADING);
  request_id_ = context.request_id();
  EXPECT_EQ(Seen().method, "POST");
  EXPECT_EQ(Seen().target, "/v1/accounts/test-account/models");
  EXPECT_EQ(json::parse(Seen().body), json::parse(R"({
    "model": {"displayName": "Fresh", "kind": "CUSTOM_MODEL", "public": false},
    "modelId": "fresh"
  })"));
}

TEST_F(ModelTest, CreateRefusesExtraJson) {
  gateway::CreateModelRequest request;
  request.set_parent("accounts/test-account");
  request.set_model_id("fresh");
  (*request.mutable_extra_json())["unknown"] = "1";
  CallContext context;
  const grpc::Status status = models().CreateModel(&context, request, &model_);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(simulator().Requests().empty());
}

TEST_F(ModelTest, UpdateSendsTheMasksKeysAndNullForWhatIsUnset) {
  gateway::UpdateModelRequest request;
  request.mutable_model()->set_name(kOwnBase);
  request.mutable_model()->set_display_name("Renamed");
  request.mutable_model()->set_context_length(4096);  // Outside the mask.
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("description");
  ASSERT_TRUE(Update(request).ok());
  EXPECT_EQ(Seen().method, "PATCH");
  EXPECT_EQ(Seen().target, absl::StrCat("/v1/", kOwnBase));
  EXPECT_EQ(json::parse(Seen().body),
            json::parse(R"({"displayName": "Renamed", "description": null})"));
  EXPECT_EQ(model_.display_name(), "Renamed");
}

TEST_F(ModelTest, WhatGetAnsweredCanBeSentBack) {
  ASSERT_TRUE(Get(kOwnBase).ok());
  gateway::UpdateModelRequest request;
  *request.mutable_model() = model_;
  request.mutable_model()->set_description("now described");
  request.mutable_update_mask()->add_paths("description");
  ASSERT_TRUE(Update(request).ok());
  EXPECT_EQ(Seen().body, R"({"description":"now described"})");
  EXPECT_EQ(model_.display_name(), "Own base");
}

TEST_F(ModelTest, UpdateWithoutAMaskIsRefused) {
  gateway::UpdateModelRequest request;
  request.mutable_model()->set_name(kOwnBase);
  const grpc::Status status = Update(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).bad_request->field_violations(0).field(), "update_mask");
  EXPECT_TRUE(simulator().Requests().empty());
}

TEST_F(ModelTest, UpdateOfAnUnknownPathIsRefused) {
  gateway::UpdateModelRequest request;
  request.mutable_model()->set_name(kOwnBase);
  request.mutable_update_mask()->add_paths("no_such_field");
  EXPECT_EQ(Update(request).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(simulator().Requests().empty());
}

TEST_F(ModelTest, DeleteAnswersAnEmptyMessage) {
  gateway::DeleteModelRequest request;
  request.set_name(kOwnBase);
  gateway::DeleteModelResponse response;
  CallContext context;
  ASSERT_TRUE(models().DeleteModel(&context, request, &response).ok());
  request_id_ = context.request_id();
  EXPECT_EQ(Seen().method, "DELETE");
  EXPECT_EQ(Seen().body, "");
  EXPECT_EQ(Get(kOwnBase).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ModelTest, DeleteTakesABodyThatIsEmpty) {
  ScriptedUpstream upstream({200, {{"content-length", "0"}}, ""});
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  gateway::DeleteModelRequest request;
  request.set_name(kOwnBase);
  gateway::DeleteModelResponse response;
  CallContext context;
  const grpc::Status status = models().DeleteModel(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  StopService();
}

TEST_F(ModelTest, BodyThatIsCutShortIsUnavailable) {
  const grpc::Status status = Get(kOwnBase, "close_after=1");
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "BODY_TRUNCATED");
}

TEST_F(ModelTest, HostileNamesNeverLeaveTheirSegment) {
  for (const char* name :
       {"", "accounts", "accounts/a/models", "accounts/a/models/", "accounts/a/models/..",
        "accounts/a/models/.", "accounts//models/m", "accounts/../models/m",
        "accounts/a/models/m/extra", "accounts/a/models/m%2fx", "accounts/a/models/m\nx",
        "accounts/a/models/m?x=1", "accounts/a/models/m#x", "accounts/a/models/m:undelete",
        "/accounts/a/models/m", "accounts/a/deployments/m", "accounts/a/models/m\x7f"}) {
    SCOPED_TRACE(name);
    const grpc::Status status = Get(name);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << status.error_message();
    const ErrorDetails details = DetailsOf(status);
    ASSERT_TRUE(details.bad_request.has_value());
    EXPECT_EQ(details.bad_request->field_violations(0).field(), "name");
  }
  EXPECT_TRUE(simulator().Requests().empty());
}

TEST_F(ModelTest, OddButLegalNamesArePercentEncoded) {
  EXPECT_EQ(Get("accounts/a/models/größer model&=+").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Seen().target, "/v1/accounts/a/models/gr%C3%B6%C3%9Fer%20model%26%3D%2B");
}

TEST_F(ModelTest, DashStandsForTheConfiguredAccount) {
  StartService([](server::Options* options) { options->names.account_id = "test-account"; });
  ASSERT_TRUE(Get("accounts/-/models/own-base").ok());
  EXPECT_EQ(Seen().target, absl::StrCat("/v1/", kOwnBase));
}

TEST_F(ModelTest, DashWithoutAConfiguredAccountIsAPrecondition) {
  const grpc::Status status = Get("accounts/-/models/own-base");
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "NOT_CONFIGURED");
  EXPECT_TRUE(simulator().Requests().empty());
}

}  // namespace
}  // namespace fireworks::e2e
