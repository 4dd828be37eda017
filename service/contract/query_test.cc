#include "service/contract/query.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/contract/testdata/library.pb.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;
using testdata::ListBooksRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<QueryParameter> Compiled(const google::protobuf::Descriptor* type,
                                     std::vector<std::string> carried = {}) {
  absl::StatusOr<std::vector<QueryParameter>> result = CompileQuery(type, carried);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : std::vector<QueryParameter>();
}

// The query of `request`, or "refused: <violations>".
std::string QueryOf(const Message& request) {
  static const auto* const kParameters =
      new std::vector<QueryParameter>(Compiled(ListBooksRequest::descriptor(), {"parent"}));
  std::string target;
  errors::FieldViolations violations;
  AppendQuery(*kParameters, request, &target, &violations);
  if (violations.empty()) return target;
  return "refused: " + std::string(violations.ToStatus().message());
}

ListBooksRequest Parsed(const std::string& text) {
  ListBooksRequest request;
  EXPECT_TRUE(TextFormat::ParseFromString(text, &request)) << text;
  return request;
}

std::vector<std::string> Keys(const std::vector<QueryParameter>& parameters) {
  std::vector<std::string> keys;
  for (const QueryParameter& parameter : parameters) keys.push_back(parameter.key);
  return keys;
}

TEST(QueryTest, KeysAreJsonNamesAndCarriedFieldsHaveNone) {
  EXPECT_THAT(Keys(Compiled(ListBooksRequest::descriptor(), {"parent", "origin.home_city"})),
              ElementsAre("pageSize", "orderBy", "withPages", "tag", "year", "minRating",
                          "maxRating", "genre", "genres", "since", "interval", "readMask",
                          "origin.country", "filter", "label", "cursor", "room", "floor",
                          "wire-name", "big"));
  EXPECT_THAT(Keys(Compiled(testdata::GetBookRequest::descriptor(), {"name", "read_mask"})),
              IsEmpty());
}

struct Case {
  const char* request;
  const char* query;
};

TEST(QueryTest, EncodesAsGrpcGatewayParses) {
  const Case kCases[] = {
      {"", ""},
      {"parent: 'accounts/a'", ""},
      {"page_size: 5", "?pageSize=5"},
      {"page_size: -1", "?pageSize=-1"},
      {"page_size: 0", ""},
      {"order_by: ''", "?orderBy="},
      {"order_by: 'a desc,b'", "?orderBy=a%20desc%2Cb"},
      {"order_by: 'x&pageSize=9#?/%2f\\n\\000'", "?orderBy=x%26pageSize%3D9%23%3F%2F%252f%0A%00"},
      {"order_by: '\\303\\274'", "?orderBy=%C3%BC"},
      {"with_pages: false", "?withPages=false"},
      {"with_pages: true", "?withPages=true"},
      {"tag: 'b' tag: '' tag: 'a'", "?tag=b&tag=&tag=a"},
      {"year: 9007199254740993 year: 0", "?year=9007199254740993&year=0"},
      {"big: 18446744073709551615", "?big=18446744073709551615"},
      {"min_rating: 0", "?minRating=0"},
      {"min_rating: 0.1", "?minRating=0.1"},
      {"min_rating: 1e+30", "?minRating=1e%2B30"},
      {"max_rating: 0.3", "?maxRating=0.3"},
      {"genre: POETRY", "?genre=POETRY"},
      {"genre: GENRE_UNSPECIFIED", ""},
      {"genres: PROSE genres: GENRE_UNSPECIFIED", "?genres=PROSE&genres=GENRE_UNSPECIFIED"},
      {"since {}", "?since=1970-01-01T00%3A00%3A00Z"},
      {"since {seconds: 1750216721 nanos: 500000000}", "?since=2025-06-18T03%3A18%3A41.500Z"},
      {"interval {seconds: 90}", "?interval=90s"},
      {"interval {seconds: -1 nanos: -500000000}", "?interval=-1.500s"},
      {"interval {nanos: -5}", "?interval=-0.000000005s"},
      {"read_mask {paths: 'display_name' paths: 'a.b_c'}", "?readMask=display_name%2Ca.b_c"},
      {"read_mask {}", ""},
      {"origin {}", ""},
      {"origin {country: 'de'}", "?origin.country=de"},
      {"origin {home_city {zip_code: '1 2'}}", "?origin.homeCity.zipCode=1%202"},
      {"filter {key: 'model' value {values: 'a' values: 'b/c'}}",
       "?filter%5Bmodel%5D=a&filter%5Bmodel%5D=b%2Fc"},
      {"filter {key: 'empty' value {}}", ""},
      {"label {key: 'z' value: '1'} label {key: 'a&b' value: ''}",
       "?label%5Ba%26b%5D=&label%5Bz%5D=1"},
      {"cursor: '\\377\\376?'", "?cursor=%2F%2F4%2F"},
      {"floor: 0", "?floor=0"},
      {"wire_name: 'x'", "?wire-name=x"},
      {"page_size: 1 room: 'r' tag: 't'", "?pageSize=1&tag=t&room=r"},
  };
  for (const Case& c : kCases) EXPECT_EQ(QueryOf(Parsed(c.request)), c.query) << c.request;
}

TEST(QueryTest, UnknownEnumNumberStaysANumber) {
  ListBooksRequest request;
  request.set_genre(static_cast<ListBooksRequest::Genre>(77));
  EXPECT_EQ(QueryOf(request), "?genre=77");
}

TEST(QueryTest, RefusesWhatHasNoText) {
  const Case kCases[] = {
      {"min_rating: nan", "min_rating: must be finite"},
      {"max_rating: -inf", "max_rating: must be finite"},
      {"since {nanos: -1}", "since: is no time"},
      {"since {nanos: 1000000000}", "since: is no time"},
      {"since {seconds: 253402300800}", "since: is no time"},
      {"since {seconds: -62135596801}", "since: is no time"},
      {"interval {seconds: 315576000001}", "interval: is out of range"},
      {"interval {seconds: 1 nanos: -1}", "interval: is out of range"},
      {"interval {nanos: -2147483648}", "interval: is out of range"},
      {"read_mask {paths: ''}", "read_mask: holds a path that is empty"},
      {"read_mask {paths: 'a,b'}", "read_mask: holds a path that is empty"},
      {"label {key: '' value: 'x'}", "label: holds a key that is empty"},
      {"label {key: 'a]&x[b' value: 'x'}", "label: holds a key that is empty or has a bracket"},
      {"origin {home_city {}}", "origin.home_city.zip_code: is required"},
  };
  for (const Case& c : kCases) {
    EXPECT_THAT(QueryOf(Parsed(c.request)), HasSubstr(std::string("refused: ") + c.query))
        << c.request;
  }
}

}  // namespace
}  // namespace fireworks::contract
