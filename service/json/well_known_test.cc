#include "service/json/well_known.h"

#include <random>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"

namespace fireworks::json {
namespace {

using google::protobuf::Duration;
using google::protobuf::FieldMask;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

TEST(TimestampTest, ReadsOffsetsAndAnyFraction) {
  const std::pair<const char*, std::pair<std::int64_t, int>> kCases[] = {
      {"1970-01-01T00:00:00Z", {0, 0}},
      {"1970-01-01t00:00:00.5z", {0, 500000000}},
      {"1970-01-01T00:00:00.123456789Z", {0, 123456789}},
      {"1970-01-01T00:00:00.1234567890000Z", {0, 123456789}},
      {"1970-01-01T02:00:00+02:00", {0, 0}},
      {"1969-12-31T16:30:00-07:30", {0, 0}},
      {"0001-01-01T00:00:00Z", {-62135596800, 0}},
      {"9999-12-31T23:59:59.999999999Z", {253402300799, 999999999}},
      {"2000-02-29T00:00:00Z", {951782400, 0}},
  };
  for (const auto& [text, expected] : kCases) {
    Timestamp timestamp;
    ASSERT_TRUE(ParseTimestamp(text, &timestamp)) << text;
    EXPECT_EQ(timestamp.seconds(), expected.first) << text;
    EXPECT_EQ(timestamp.nanos(), expected.second) << text;
  }
}

TEST(TimestampTest, RefusesWhatItCannotHold) {
  for (const char* text :
       {"", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.0000000001Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+0100",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
        "2024-01-01T00:00:00Zx", " 2024-01-01T00:00:00Z", "+024-01-01T00:00:00Z"}) {
    Timestamp timestamp;
    EXPECT_FALSE(ParseTimestamp(text, &timestamp)) << text;
  }
}

TEST(TimestampTest, AgreesWithProtobuf) {
  std::mt19937_64 random(20240229);
  for (int i = 0; i < 20000; ++i) {
    Timestamp timestamp;
    timestamp.set_seconds(
        std::uniform_int_distribution<std::int64_t>(-62135596800, 253402300799)(random));
    constexpr int kUnits[] = {1, 1000, 1000000, 1000000000};
    const int unit = kUnits[i % 4];
    timestamp.set_nanos(static_cast<int>(random() % (1000000000 / unit)) * unit);
    const auto text = FormatTimestamp(timestamp);
    ASSERT_TRUE(text.ok());
    ASSERT_EQ(*text, TimeUtil::ToString(timestamp));
    Timestamp back;
    ASSERT_TRUE(ParseTimestamp(*text, &back)) << *text;
    ASSERT_EQ(back.SerializeAsString(), timestamp.SerializeAsString());
  }
}

TEST(DurationTest, ReadsAndWrites) {
  const std::pair<const char*, const char*> kCases[] = {
      {"3.5s", "3.500s"},     {"0s", "0s"},       {"-0s", "0s"},
      {"-0.5s", "-0.500s"},   {"1.000001s", "1.000001s"},
      {"0.000000001s", "0.000000001s"},           {"315576000000s", "315576000000s"},
      {"-315576000000s", "-315576000000s"},       {"007s", "7s"},
  };
  for (const auto& [text, written] : kCases) {
    Duration duration;
    ASSERT_TRUE(ParseDuration(text, &duration)) << text;
    EXPECT_EQ(FormatDuration(duration).value(), written);
  }
  for (const char* text : {"", "s", "1", "1.s", ".5s", "1.0000000001s", "315576000001s",
                           "315576000000.1s", "+1s", "1 s", "--1s", "1s ", "1e3s"}) {
    Duration duration;
    EXPECT_FALSE(ParseDuration(text, &duration)) << text;
  }
}

TEST(DurationTest, RefusesMixedSigns) {
  Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(FormatDuration(duration).ok());
}

TEST(FieldMaskTest, ReadsAndWrites) {
  FieldMask mask;
  mask.add_paths("display_name");
  mask.add_paths("a.b_c");
  EXPECT_EQ(FormatFieldMask(mask).value(), "displayName,a.bC");
  FieldMask back;
  ASSERT_TRUE(ParseFieldMask("displayName,a.bC", &back));
  EXPECT_EQ(back.SerializeAsString(), mask.SerializeAsString());
  EXPECT_TRUE(ParseFieldMask("", &back));
  EXPECT_EQ(back.paths_size(), 0);
  for (const char* text : {"a,", ",", "a_b"}) EXPECT_FALSE(ParseFieldMask(text, &back)) << text;
  for (const char* path : {"", "aB", "a_", "a__b", "a,b", "a_1"}) {
    FieldMask wrong;
    wrong.add_paths(path);
    EXPECT_FALSE(FormatFieldMask(wrong).ok()) << path;
  }
}

}  // namespace
}  // namespace fireworks::json
