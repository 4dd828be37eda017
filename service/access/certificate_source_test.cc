#include "service/access/certificate_source.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using fireworks::service::v1::PeerCertificate;

class CertificateSourceTest : public testing::Test {
 protected:
  CertificateSourceTest() {
    config_.add_spiffe_trust_domains("prod.example");
    config_.add_dns_names("*.internal.example");
    config_.add_dns_names("Batch.Example");
  }

  // The name of the caller with such a certificate; empty if it is nobody's.
  std::string Identify(const std::vector<absl::string_view>& uris,
                       const std::vector<absl::string_view>& names = {}) const {
    const auto source = CertificateSource::Make(config_, TextPlace("peer_certificate"));
    EXPECT_TRUE(source.ok()) << source.status();
    const auto caller = (*source)->Identify({absl::nullopt, uris, names});
    if (!caller.ok()) {
      EXPECT_EQ(caller.status().code(), absl::StatusCode::kNotFound);
      return "";
    }
    EXPECT_EQ(caller->kind, Caller::Kind::kCertificate);
    return caller->name;
  }

  PeerCertificate config_;
};

TEST_F(CertificateSourceTest, TakesSpiffeIdsOfItsTrustDomains) {
  EXPECT_EQ(Identify({"spiffe://prod.example/ns/web/sa/chat"}),
            "spiffe://prod.example/ns/web/sa/chat");
  EXPECT_EQ(Identify({"spiffe://test.example/ns/web/sa/chat"}), "");
  EXPECT_EQ(Identify({"spiffe://prod.example.attacker.example/ns/web"}), "");
  EXPECT_EQ(Identify({"spiffe://xprod.example/ns/web"}), "");
}

TEST_F(CertificateSourceTest, WhatIsAlmostASpiffeIdIsNone) {
  for (const char* id :
       {"", "spiffe://", "spiffe://prod.example", "spiffe://prod.example/",
        "spiffe://prod.example/a/", "spiffe://prod.example//a", "spiffe://prod.example/../a",
        "spiffe://prod.example/./a", "spiffe://prod.example/a%2fb", "spiffe://prod.example/a?b",
        "spiffe://prod.example/a#b", "spiffe://prod.example/*", "spiffe://*/a",
        "spiffe://PROD.example/a", "SPIFFE://prod.example/a", "spiffe:/prod.example/a",
        "spiffe://prod.example:443/a", "spiffe://user@prod.example/a", " spiffe://prod.example/a",
        "spiffe://prod.example/a\n", "spiffe://prod.example/\xc3\xa4", "https://prod.example/a"}) {
    EXPECT_EQ(Identify({id}), "") << id;
  }
  EXPECT_EQ(Identify({"spiffe://prod.example/" + std::string(2048, 'a')}), "");
}

TEST_F(CertificateSourceTest, ANulEndsNoName) {
  EXPECT_EQ(Identify({absl::string_view("spiffe://prod.example/a\0b", 25)}), "");
  EXPECT_EQ(Identify({absl::string_view("spiffe://prod.example\0.attacker.example/a", 41)}), "");
  EXPECT_EQ(Identify({}, {absl::string_view("batch.example\0.attacker.example", 31)}), "");
  EXPECT_EQ(Identify({}, {absl::string_view("a\0.internal.example", 19)}), "");
}

TEST_F(CertificateSourceTest, OfSeveralUrisNoneIsTaken) {
  EXPECT_EQ(Identify({"spiffe://prod.example/a", "spiffe://prod.example/b"}), "");
  EXPECT_EQ(Identify({"spiffe://prod.example/a", "https://prod.example"}), "");
}

TEST_F(CertificateSourceTest, TakesDnsNamesThatItsPatternsDescribe) {
  EXPECT_EQ(Identify({}, {"chat.internal.example"}), "dns:chat.internal.example");
  EXPECT_EQ(Identify({}, {"BATCH.example"}), "dns:batch.example");
  EXPECT_EQ(Identify({}, {"internal.example"}), "");
  EXPECT_EQ(Identify({}, {"chat.internal.example.attacker.example"}), "");
  EXPECT_EQ(Identify({}, {"batch_example", "batchxexample"}), "");
}

TEST_F(CertificateSourceTest, OfSeveralDnsNamesTheFirstThatFitsIsTaken) {
  EXPECT_EQ(Identify({}, {"public.example", "b.internal.example", "a.internal.example"}),
            "dns:b.internal.example");
}

TEST_F(CertificateSourceTest, AWildcardInACertificateIsNobody) {
  EXPECT_EQ(Identify({}, {"*.internal.example"}), "");
  EXPECT_EQ(Identify({}, {"*"}), "");
  EXPECT_EQ(Identify({}, {"a*.internal.example", "*.internal.example", "a.internal.example"}),
            "dns:a.internal.example");
}

TEST_F(CertificateSourceTest, WhatIsNoHostNameIsNobody) {
  config_.add_dns_names("*");
  for (const char* name : {"", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a b", "a/b", "a:1",
                           "a_b.example", "\xc3\xa4.example"}) {
    EXPECT_EQ(Identify({}, {name}), "") << name;
  }
  EXPECT_EQ(Identify({}, {std::string(64, 'a') + ".example"}), "");
  EXPECT_EQ(Identify({}, {std::string(63, 'a') + ".example"}),
            "dns:" + std::string(63, 'a') + ".example");
}

TEST_F(CertificateSourceTest, TheSpiffeIdComesFirst) {
  EXPECT_EQ(Identify({"spiffe://prod.example/a"}, {"a.internal.example"}),
            "spiffe://prod.example/a");
  EXPECT_EQ(Identify({"spiffe://test.example/a"}, {"a.internal.example"}),
            "dns:a.internal.example");
}

TEST(CertificateSourceConfigTest, RefusesWhatMeansNothing) {
  const auto message = [](const PeerCertificate& config) {
    return std::string(
        CertificateSource::Make(config, TextPlace("peer_certificate")).status().message());
  };
  PeerCertificate config;
  EXPECT_NE(message(config), "");
  for (const char* domain : {"", "spiffe://prod.example", "prod.example/a", "PROD", "*"}) {
    config.Clear();
    config.add_spiffe_trust_domains(domain);
    EXPECT_EQ(message(config).rfind("peer_certificate.spiffe_trust_domains[0]: ", 0), 0u)
        << domain;
  }
  config.Clear();
  config.add_dns_names("");
  EXPECT_NE(message(config), "");
}

}  // namespace
}  // namespace fireworks::access
