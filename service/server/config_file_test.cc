#include "service/server/config_file.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/support/test_folder.h"

namespace fireworks::server {
namespace {

namespace v1 = fireworks::service::v1;
using telemetry::LogLevel;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

v1::Config Parsed(const std::string& text) {
  auto config = ParseConfig(text, "test");
  EXPECT_TRUE(config.ok()) << config.status();
  return *config;
}

TEST(DifferingSettingsTest, AreNamedByTheirPaths) {
  const v1::Config before = Parsed(
      "account_id: 'a' limits { idle_timeout { seconds: 5 } max_json_depth: 7 }"
      "model_aliases { key: 'x' value: 'm' } upstream { keys { label: 'k' files: 'f' } }");
  EXPECT_THAT(DifferingSettings(before, before), IsEmpty());
  const v1::Config after = Parsed(
      "account_id: 'b' limits { idle_timeout { seconds: 6 } max_json_depth: 7 }"
      "model_aliases { key: 'x' value: 'n' } upstream { keys { label: 'k' files: 'g' } }"
      "server { tls { key_file: 'k' } }");
  EXPECT_THAT(DifferingSettings(before, after),
              ElementsAre("account_id", "limits.idle_timeout", "model_aliases", "server",
                          "upstream.keys"));
}

class ConfigFileTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(pipe_), 0); }
  void TearDown() override {
    if (log_ != nullptr) Lines();
    ::close(pipe_[0]);
  }

  // A process that started with `text`.
  void Start(const std::string& text) {
    log_ = std::make_unique<telemetry::Log>(pipe_[1]);
    ConfigSource source;
    source.path = folder_.Replace("config", text);
    source.started_with = Parsed(text);
    log_->Configure(MakeOptions(source.started_with)->log);
    file_ = std::make_unique<ConfigFile>(source, log_.get(), &metrics_);
    file_->Refresh();
  }

  void Change(const std::string& text) {
    folder_.Replace("config", text);
    file_->Refresh();
  }

  // Ends the log; its lines.
  std::string Lines() {
    file_.reset();
    log_.reset();
    ::close(pipe_[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(pipe_[0], buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

  testing_support::TestFolder folder_;
  telemetry::Metrics metrics_;
  int pipe_[2];
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<ConfigFile> file_;
};

TEST_F(ConfigFileTest, TheFileOfTheStartSaysNothingNew) {
  Start("account_id: 'a' log { level: LOG_LEVEL_DEBUG }");
  EXPECT_EQ(log_->settings().level, LogLevel::kDebug);
  EXPECT_THAT(file_->needs_restart(), IsEmpty());
  EXPECT_EQ(file_->status().problem, "");
  EXPECT_EQ(file_->status().sha256.size(), 64u);
  EXPECT_EQ(Lines(), "");
}

TEST_F(ConfigFileTest, LogSettingsAreTakenOver) {
  Start("account_id: 'a'");
  Change("account_id: 'a' log { level: LOG_LEVEL_WARNING ok_calls_one_in: 10 allow_content: true }");
  EXPECT_EQ(log_->settings().level, LogLevel::kWarning);
  EXPECT_EQ(log_->settings().sample_one_in, 10u);
  EXPECT_TRUE(log_->settings().allow_content);
  Change("account_id: 'a'");
  EXPECT_EQ(log_->settings().level, LogLevel::kInfo);
  EXPECT_EQ(log_->settings().sample_one_in, 1u);
  EXPECT_FALSE(log_->settings().allow_content);
  // Both changes: the first has left out what is below WARNING.
  EXPECT_THAT(Lines(), ContainsRegex("taken over: log(.|\n)*taken over: log"));
}

TEST_F(ConfigFileTest, OtherSettingsWaitForARestartAndAreNamed) {
  Start("account_id: 'a'");
  Change("account_id: 'b' limits { idle_timeout { seconds: 5 } } log { level: LOG_LEVEL_INFO }");
  EXPECT_THAT(file_->needs_restart(), ElementsAre("account_id", "limits"));
  Change("account_id: 'a'");
  EXPECT_THAT(file_->needs_restart(), IsEmpty());
  EXPECT_THAT(Lines(), HasSubstr("\"settings\":\"account_id, limits\""));
}

TEST_F(ConfigFileTest, AFileThatIsNotValidChangesNothingAndIsTold) {
  Start("log { level: LOG_LEVEL_WARNING }");
  for (const char* bad : {"log { level: LOG_LEVEL_ERROR } lmits {}",
                          "log { level: LOG_LEVEL_ERROR } account_id: 'a/b'",
                          "log { level: LOG_LEVEL_ERROR ok_calls_one_in: -1 }"}) {
    Change(bad);
    EXPECT_EQ(log_->settings().level, LogLevel::kWarning) << bad;
    EXPECT_NE(file_->status().problem, "") << bad;
  }
  Change("log { level: LOG_LEVEL_ERROR }");
  EXPECT_EQ(log_->settings().level, LogLevel::kError);
  EXPECT_EQ(file_->status().problem, "");
  const std::string lines = Lines();
  EXPECT_THAT(lines, HasSubstr("lmits"));
  EXPECT_THAT(lines, HasSubstr("log.ok_calls_one_in: must not be negative"));
}

TEST_F(ConfigFileTest, WhatWinsOverTheFileDecidesWhetherItIsValid) {
  ConfigSource source;
  source.path = folder_.Replace("config", "");
  source.override_settings = [](v1::Config* config) {
    config->mutable_upstream()->set_api_key_file("of a flag");
  };
  telemetry::Log log(-1);
  ConfigFile file(source, &log, &metrics_);
  file.Refresh();
  EXPECT_EQ(file.status().problem, "");
  folder_.Replace("config", "upstream { keys { label: 'k' files: 'f' } }");
  file.Refresh();
  EXPECT_THAT(file.status().problem, HasSubstr("cannot be combined with an `api_key_file`"));
}

}  // namespace
}  // namespace fireworks::server
