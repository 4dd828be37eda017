#include "service/server/metadata.h"

#include <string>

#include "gmock/gmock.h"

namespace fireworks::server {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(TrailersTest, IllegalEntriesAreDroppedAndCounted) {
  Trailers trailers;
  trailers.Add("x-ok", "value");
  trailers.Add("X-Upper", "value");
  trailers.Add("x-newline", "a\nb");
  trailers.Add("x-utf8", "\xC3\xA9");
  trailers.Add("x-data-bin", "value");
  trailers.Add("grpc-status", "0");
  trailers.Add("", "value");
  EXPECT_THAT(trailers.entries(), ElementsAre(Pair("x-ok", "value")));
  EXPECT_EQ(trailers.dropped(), 6);
}

TEST(TrailersTest, OnlyKnownFamiliesOfHeadersAreCopied) {
  upstream::ResponseHead head;
  head.headers = {{"fireworks-prompt-tokens", "7"}, {"set-cookie", "secret"},
                  {"x-ratelimit-limit-requests", "60"}, {"server", "x"}};
  Trailers trailers;
  trailers.AddUpstream(head);
  EXPECT_THAT(trailers.entries(), ElementsAre(Pair("fireworks-prompt-tokens", "7"),
                                              Pair("x-ratelimit-limit-requests", "60")));
  EXPECT_EQ(trailers.dropped(), 0);
}

TEST(TrailersTest, WhatIsKeptOfAHeadMakesTheSameTrailers) {
  upstream::ResponseHead head;
  head.status = 200;
  head.headers = {{"content-type", "text/event-stream"}, {"fireworks-a", "1"},
                  {"x-ratelimit-limit-requests", "60"}, {"fireworks-a", "2"}};
  KeepForTrailers(&head);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.size(), 3u);
  Trailers trailers;
  trailers.AddUpstream(head);
  EXPECT_THAT(trailers.entries(),
              ElementsAre(Pair("fireworks-a", "1"), Pair("x-ratelimit-limit-requests", "60"),
                          Pair("fireworks-a", "2")));
}

TEST(TrailersTest, CopiedHeadersStayWithinTwoKibibytes) {
  upstream::ResponseHead head;
  head.headers.push_back({"fireworks-huge", std::string(5000, 'x')});
  for (int i = 0; i < 100; ++i) {
    head.headers.push_back({"fireworks-" + std::to_string(i), std::string(50, 'x')});
  }
  Trailers trailers;
  trailers.AddUpstream(head);
  std::size_t bytes = 0;
  for (const auto& entry : trailers.entries()) bytes += entry.first.size() + entry.second.size();
  EXPECT_GT(bytes, 1000u);
  EXPECT_LE(bytes, 2048u);
  EXPECT_EQ(trailers.entries().size() + static_cast<std::size_t>(trailers.dropped()), 101u);
}

}  // namespace
}  // namespace fireworks::server
