#include "service/telemetry/status_page.h"

#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace fireworks::telemetry {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

std::string Html(const Json& json) {
  return StatusPage("status", [json] { return json; }, milliseconds(0)).Render("").body;
}

TEST(StatusPageTest, IsHtmlForPeopleAndJsonForPrograms) {
  StatusPage page("status", [] { return Json{{"service", {{"uptime_s", 12}}}}; },
                  milliseconds(0));
  for (const char* query : {"", "format=html", "format=jsonx", "x=format=json"}) {
    EXPECT_EQ(page.Render(query).content_type, "text/html; charset=utf-8") << query;
  }
  const HttpPage json = page.Render("a=b&format=json");
  EXPECT_EQ(json.content_type, "application/json");
  EXPECT_EQ(Json::parse(json.body)["service"]["uptime_s"], 12);
}

TEST(StatusPageTest, WhatStrangersSayIsEscapedEverywhere) {
  const std::string hostile = "</td><script>alert('1')</script>&\"";
  const std::string html = Html({
      {"a", {{"plain", hostile}, {hostile, 1}, {"list", {hostile}}, {"in", {{"deep", hostile}}}}},
      {"b", Json::array({{{"model", hostile}, {hostile, hostile}}})},
      {"c", hostile},
      {hostile, Json::array()},
  });
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("alert('1')")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"));
}

TEST(StatusPageTest, BytesThatAreNoTextHarmNothing) {
  const std::string bytes = "\xff\xfe<\xc3";
  StatusPage page("status", [&] { return Json{{"a", {{"model", bytes}}}}; }, milliseconds(0));
  EXPECT_THAT(page.Render("").body, HasSubstr("\xEF\xBF\xBD\xEF\xBF\xBD&lt;\xEF\xBF\xBD"));
  EXPECT_EQ(Json::parse(page.Render("format=json").body)["a"]["model"],
            "\xEF\xBF\xBD\xEF\xBF\xBD<\xEF\xBF\xBD");
}

TEST(StatusPageTest, RowsBecomeATableWithTheirNamesAbove) {
  const std::string html = Html({{"active_calls",
                                  {{"total", 2},
                                   {"calls", {{{"method", "a"}, {"events", 7}},
                                              {{"method", "b"}}}}}}});
  EXPECT_THAT(html, HasSubstr("<h2>Active calls</h2>"));
  EXPECT_THAT(html, HasSubstr("<tr><th>Method</th><th class=number>Events</th></tr>\n"
                              "<tr><td>a</td><td class=number>7</td></tr>\n"
                              "<tr><td>b</td><td></td></tr>"));
  EXPECT_THAT(html, Not(HasSubstr("<details>")));
}

TEST(StatusPageTest, LongTablesAreFolded) {
  Json rows = Json::array();
  for (int i = 0; i < 51; ++i) rows.push_back({{"row", i}});
  EXPECT_THAT(Html({{"routes", rows}}), HasSubstr("<details><summary>51 rows</summary>"));
}

TEST(StatusPageTest, ProblemsStandOut) {
  const std::string html =
      Html({{"files", {{{"path", "x"}, {"problem", "cannot be read"}},
                       {{"path", "y"}, {"problem", ""}}}}});
  EXPECT_THAT(html, HasSubstr("<td class=bad>cannot be read</td>"));
  EXPECT_THAT(html, HasSubstr("<td></td>"));
}

TEST(StatusPageTest, TheProcessIsLookedAtOnceInAWhileHoweverManyAsk) {
  int looks = 0;
  StatusPage page("status", [&looks] { return Json{{"looks", ++looks}}; }, hours(1));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Json::parse(page.Render("format=json").body)["looks"], 1);
    page.Render("");
  }
  EXPECT_EQ(looks, 1);
}

}  // namespace
}  // namespace fireworks::telemetry
