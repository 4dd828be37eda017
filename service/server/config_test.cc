#include "service/server/config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

absl::StatusOr<Options> Read(absl::string_view text) {
  auto config = ParseConfig(text, "test.textproto");
  if (!config.ok()) return config.status();
  return MakeOptions(*config);
}

TEST(ConfigTest, TlsNeedsBothFiles) {
  const auto options =
      Read("server { tls { certificate_file: 'c' key_file: 'k' client_ca_file: 'a' } }");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->tls.enabled());
  EXPECT_TRUE(options->tls.mutual());
  EXPECT_FALSE(Read("")->tls.enabled());
  EXPECT_THAT(Read("server { tls { certificate_file: 'c' } }").status().message(),
              HasSubstr("server.tls"));
}

TEST(ConfigTest, TracingIsOffUnlessItIsAskedFor) {
  EXPECT_FALSE(Read("")->tracing.has_value());
  const auto defaults = Read("tracing { endpoint: 'http://c:4317' }");
  ASSERT_TRUE(defaults.ok()) << defaults.status();
  EXPECT_EQ(defaults->tracing->spans.endpoint, "http://c:4317");
  EXPECT_EQ(defaults->tracing->spans.sampling_ratio, 1);
  EXPECT_EQ(defaults->tracing->spans.max_queued_spans, 2048u);
  EXPECT_FALSE(defaults->tracing->spans.ignore_callers_sampling);
  EXPECT_FALSE(defaults->tracing->send_context_upstream);
  const auto options = Read(
      "tracing { endpoint: 'https://c' ca_file: 'ca' headers_file: 'h' sampling_ratio: 0 "
      "ignore_callers_sampling: true service_name: 's' resource_attributes { key: 'a' value: 'b' } "
      "max_queued_spans: 7 send_context_upstream: true }");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->tracing->spans.sampling_ratio, 0);
  EXPECT_EQ(options->tracing->spans.ca_file, "ca");
  EXPECT_EQ(options->tracing->headers_file, "h");
  EXPECT_EQ(options->tracing->spans.service_name, "s");
  EXPECT_EQ(options->tracing->spans.resource_attributes.at("a"), "b");
  EXPECT_EQ(options->tracing->spans.max_queued_spans, 7u);
  EXPECT_TRUE(options->tracing->spans.ignore_callers_sampling);
  EXPECT_TRUE(options->tracing->send_context_upstream);
  EXPECT_THAT(Read("tracing { endpoint: 'http://c' max_queued_spans: -1 }").status().message(),
              HasSubstr("tracing.max_queued_spans"));
}

TEST(ConfigTest, TheFirstOfSeveralKeysIsTheDefault) {
  const auto options = Read("upstream { keys { label: 'a' files: ['1', '2'] } "
                            "keys { label: 'b' files: '3' } }");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->keys.labels.size(), 2u);
  EXPECT_EQ(options->keys.default_label, "a");
  EXPECT_THAT(Read("upstream { api_key_file: 'k' keys { label: 'a' files: '1' } }")
                  .status()
                  .message(),
              HasSubstr("upstream.keys"));
}

TEST(ConfigTest, DefaultsAreTheDocumentedOnes) {
  const auto options = Read("");
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->listen, "127.0.0.1:50051");
  EXPECT_EQ(options->upstream.base_url, "https://api.fireworks.ai");
  EXPECT_EQ(options->upstream.loops, 1);
  EXPECT_FALSE(options->upstream.http2);
  EXPECT_TRUE(options->reflection);
  EXPECT_EQ(options->limits.times.connect, milliseconds(5'000));
  EXPECT_EQ(options->limits.stream_timeout, milliseconds(3'600'000));
  EXPECT_EQ(options->limits.max_queued_events, 64u);
  EXPECT_EQ(options->limits.max_queued_bytes, 256u << 10);
  EXPECT_EQ(options->drain_grace, milliseconds(30'000));
  EXPECT_EQ(options->connections.max_connections, 8192);
  EXPECT_EQ(options->connections.max_streams, 1000);
  EXPECT_EQ(options->connections.handshake_timeout, milliseconds(10'000));
  EXPECT_EQ(options->connections.max_idle, milliseconds(900'000));
  EXPECT_EQ(options->connections.max_age, milliseconds(0));
  EXPECT_EQ(options->connections.max_metadata_bytes, 16 << 10);
  EXPECT_EQ(options->limits.upload_idle_timeout, milliseconds(60'000));
}

TEST(ConfigTest, EverySettingArrives) {
  const auto options = Read(R"pb(
    account_id: "my-team"
    model_aliases { key: "default-chat" value: "accounts/fireworks/models/m" }
    upstream {
      base_url: "http://127.0.0.1:1"
      api_key_file: "/key"
      ca_file: "/ca"
      http2: true
      loops: 2
      max_connections_per_loop: 9
      max_idle_connection_age { seconds: 7 }
    }
    limits {
      connect_timeout { nanos: 5000000 }
      first_event_timeout { seconds: 1 }
      idle_timeout { seconds: 2 }
      answer_timeout { seconds: 7 }
      stream_timeout { seconds: 3 }
      inference_timeout { seconds: 4 }
      management_timeout { seconds: 5 }
      max_request_bytes: 11
      max_response_bytes: 12
      max_queued_events: 13
      max_queued_bytes: 14
      max_event_bytes: 15
      max_json_depth: 16
      max_metadata_bytes: 102
      upload_idle_timeout { seconds: 10 }
    }
    server {
      listen: "a:1"
      metrics_listen: "b:2"
      health_listen: "c:3"
      drain_grace { seconds: 6 }
      max_connections: 100
      max_streams_per_connection: 101
      handshake_timeout { seconds: 7 }
      max_connection_idle { seconds: 8 }
      max_connection_age { seconds: 9 }
      disable_reflection: true
    }
  )pb");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->names.account_id, "my-team");
  EXPECT_EQ(options->names.model_aliases.at("default-chat"), "accounts/fireworks/models/m");
  EXPECT_EQ(options->upstream.base_url, "http://127.0.0.1:1");
  ASSERT_EQ(options->keys.labels.size(), 1u);
  EXPECT_EQ(options->keys.labels[0].files, std::vector<std::string>{"/key"});
  EXPECT_EQ(options->keys.default_label, "default");
  EXPECT_EQ(options->upstream.ca_file, "/ca");
  EXPECT_TRUE(options->upstream.http2);
  EXPECT_EQ(options->upstream.loops, 2);
  EXPECT_EQ(options->upstream.max_connections_per_loop, 9);
  EXPECT_EQ(options->upstream.max_idle_connection_age, std::chrono::seconds(7));
  const Limits& limits = options->limits;
  EXPECT_EQ(limits.times.connect, milliseconds(5));
  EXPECT_EQ(limits.times.first_event, milliseconds(1000));
  EXPECT_EQ(limits.times.idle, milliseconds(2000));
  EXPECT_EQ(limits.times.answer, milliseconds(7000));
  EXPECT_EQ(limits.stream_timeout, milliseconds(3000));
  EXPECT_EQ(limits.inference_timeout, milliseconds(4000));
  EXPECT_EQ(limits.management_timeout, milliseconds(5000));
  EXPECT_EQ(limits.max_request_bytes, 11u);
  EXPECT_EQ(limits.max_response_bytes, 12u);
  EXPECT_EQ(limits.max_queued_events, 13u);
  EXPECT_EQ(limits.max_queued_bytes, 14u);
  EXPECT_EQ(limits.max_event_bytes, 15u);
  EXPECT_EQ(limits.json.max_depth, 16);
  EXPECT_EQ(options->listen, "a:1");
  EXPECT_EQ(options->metrics_listen, "b:2");
  EXPECT_EQ(options->health_listen, "c:3");
  EXPECT_EQ(options->drain_grace, milliseconds(6000));
  EXPECT_EQ(options->connections.max_connections, 100);
  EXPECT_EQ(options->connections.max_streams, 101);
  EXPECT_EQ(options->connections.handshake_timeout, milliseconds(7000));
  EXPECT_EQ(options->connections.max_idle, milliseconds(8000));
  EXPECT_EQ(options->connections.max_age, milliseconds(9000));
  EXPECT_EQ(options->connections.max_metadata_bytes, 102);
  EXPECT_EQ(options->limits.upload_idle_timeout, milliseconds(10'000));
  EXPECT_FALSE(options->reflection);
}

TEST(ConfigTest, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(Read("account_id: \"a\"\nupstream { base_urll: \"x\" }").status().message(),
              HasSubstr("test.textproto:2:21"));
  EXPECT_THAT(Read("limits { idle_timeout { seconds: 0 } }").status().message(),
              HasSubstr("limits.idle_timeout"));
  EXPECT_THAT(Read("limits { idle_timeout { seconds: -1 } }").status().message(),
              HasSubstr("limits.idle_timeout"));
  EXPECT_THAT(Read("limits { max_queued_events: -1 }").status().message(),
              HasSubstr("limits.max_queued_events"));
  EXPECT_THAT(Read("account_id: \"accounts/a\"").status().message(), HasSubstr("account_id"));
  for (const char* alias : {R"(key: "" value: "accounts/a/models/m")", R"(key: "a" value: "")",
                            R"(key: "accounts/a/models/m" value: "accounts/a/models/n")",
                            R"(key: "a" value: "a")"}) {
    EXPECT_THAT(Read(absl::StrCat("model_aliases { ", alias, " }")).status().message(),
                HasSubstr("model_aliases"))
        << alias;
  }
}

TEST(ConfigTest, ASharedQuotaStoreIsRead) {
  const auto options = Read(R"(
    quota_store { redis {
      address: "redis.example:6380"
      tls { ca_file: "/ca" certificate_file: "/c" key_file: "/k" }
      username: "u" password_file: "/p" database: 2 key_prefix: "pre:"
      connect_timeout { seconds: 2 } command_timeout { nanos: 70000000 }
      stream_lease { seconds: 60 }
    } })");
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_TRUE(options->access.quota_store.has_value());
  const redis::QuotaStoreOptions& store = *options->access.quota_store;
  EXPECT_EQ(store.connection.address.host, "redis.example");
  EXPECT_EQ(store.connection.address.port, "6380");
  ASSERT_TRUE(store.connection.tls.has_value());
  EXPECT_EQ(store.connection.tls->ca_file, "/ca");
  EXPECT_EQ(store.connection.tls->certificate_file, "/c");
  EXPECT_EQ(store.connection.tls->key_file, "/k");
  EXPECT_EQ(store.connection.tls->server_name, "redis.example");
  EXPECT_EQ(store.connection.username, "u");
  EXPECT_EQ(store.connection.password_file, "/p");
  EXPECT_EQ(store.connection.database, 2);
  EXPECT_EQ(store.connection.connect_timeout, milliseconds(2'000));
  EXPECT_EQ(store.key_prefix, "pre:");
  EXPECT_EQ(store.command_timeout, milliseconds(70));
  EXPECT_EQ(store.stream_lease, milliseconds(60'000));
  EXPECT_FALSE(Read("")->access.quota_store.has_value());
}

TEST(ConfigTest, MistakesInAQuotaStoreAreNamed) {
  const auto error = [](const std::string& redis) {
    return std::string(
        Read(absl::StrCat("quota_store { redis { ", redis, " } }")).status().message());
  };
  EXPECT_THAT(Read("quota_store {}").status().message(), HasSubstr("quota_store"));
  EXPECT_THAT(error(""), HasSubstr("quota_store.redis.address"));
  EXPECT_THAT(error("address: 'redis'"), HasSubstr("quota_store.redis.address"));
  EXPECT_THAT(error("address: 'r:1' username: 'u'"), HasSubstr("password_file"));
  EXPECT_THAT(error("address: 'r:1' tls { key_file: 'k' }"), HasSubstr("certificate_file"));
  EXPECT_THAT(error("address: 'unix:/s' tls {}"), HasSubstr("server_name"));
  EXPECT_THAT(error("address: 'r:1' database: -1"), HasSubstr("database"));
  EXPECT_THAT(error("address: 'r:1' stream_lease { nanos: 999000000 }"),
              HasSubstr("stream_lease"));
}

// Too many seconds to count in milliseconds, which must not come out as a few.
TEST(ConfigTest, NoNumberOfSecondsOverflows) {
  for (const char* seconds : {"-9223372036854775807", "9223372036854775807",
                              "-9223372036854775", "31536001"}) {
    EXPECT_THAT(
        Read(absl::StrCat("limits { idle_timeout { seconds: ", seconds, " nanos: 999000000 } }"))
            .status()
            .message(),
        HasSubstr("limits.idle_timeout"))
        << seconds;
  }
}

TEST(ConfigTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(ReadConfig("/nowhere/x.textproto").status().message(),
              HasSubstr("/nowhere/x.textproto"));
}

TEST(ConfigTest, EqualSettingsHaveEqualHashes) {
  const auto hash = [](absl::string_view text) { return Read(text)->config_hash; };
  const std::string one = hash("account_id: 'a' "
                               "model_aliases { key: 'x' value: 'm/1' } "
                               "model_aliases { key: 'y' value: 'm/2' }");
  EXPECT_THAT(one, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(hash("model_aliases { key: 'y' value: 'm/2' } # a comment\n"
                 "model_aliases { key: 'x' value: 'm/1' } account_id: 'a'"),
            one);
  EXPECT_NE(hash("account_id: 'b'"), one);
  EXPECT_NE(hash("account_id: 'b'"), hash(""));
}

}  // namespace
}  // namespace fireworks::server
