#include "service/json/well_known.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace fireworks::json {
namespace {

constexpr std::int64_t kMinTimestamp = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kMaxTimestamp = 253402300799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kMaxDuration = 315576000000;   // 10,000 years

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Reads text from the left.
class TextReader {
 public:
  explicit TextReader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool TakeDigits(std::size_t count, int* value) {
    if (text_.size() < count) return false;
    *value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!IsDigit(text_[i])) return false;
      *value = *value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  // One or more digits.
  absl::string_view TakeAllDigits() {
    std::size_t count = 0;
    while (count < text_.size() && IsDigit(text_[count])) ++count;
    const absl::string_view digits = text_.substr(0, count);
    text_.remove_prefix(count);
    return digits;
  }

 private:
  absl::string_view text_;
};

// An optional fraction, as nanoseconds.
bool TakeFraction(TextReader* scanner, std::int32_t* nanos) {
  *nanos = 0;
  if (!scanner->Take('.')) return true;
  const absl::string_view digits = scanner->TakeAllDigits();
  if (digits.empty()) return false;
  for (std::size_t i = 0; i < 9; ++i) {
    *nanos = *nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return digits.size() <= 9 ||
         digits.substr(9).find_first_not_of('0') == absl::string_view::npos;
}

bool IsLeapYear(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// Days from 1970-01-01 in the proleptic Gregorian calendar. Years are counted
// from March, so that the leap day is a year's last; 400 years are 146097 days.
std::int64_t DaysFromCivil(int year, int month, int day) {
  const std::int64_t y = year - (month <= 2 ? 1 : 0);
  const std::int64_t month_from_march = (month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

struct Date {
  std::int64_t year;
  int month;
  int day;
};

Date CivilFromDays(std::int64_t days) {
  // The inverse of the above, for days from 0000-03-01 on.
  const std::int64_t since = days + 719468;
  const std::int64_t era = since / 146097;
  const std::int64_t day_of_era = since % 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = static_cast<int>((5 * day_of_year + 2) / 153);
  const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year) - (153 * month_from_march + 2) / 5 + 1};
}

// "Z" or "+hh:mm", in seconds.
bool TakeOffset(TextReader* scanner, int* seconds) {
  *seconds = 0;
  if (scanner->Take('Z') || scanner->Take('z')) return true;
  const bool east = scanner->Take('+');
  if (!east && !scanner->Take('-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!scanner->TakeDigits(2, &hours) || !scanner->Take(':') ||
      !scanner->TakeDigits(2, &minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  *seconds = (hours * 60 + minutes) * (east ? 60 : -60);
  return true;
}

// "", ".5" as ".500", and so on in steps of three digits.
std::string FormatFraction(std::int32_t nanos) {
  if (nanos == 0) return "";
  if (nanos % 1000000 == 0) return absl::StrFormat(".%03d", nanos / 1000000);
  if (nanos % 1000 == 0) return absl::StrFormat(".%06d", nanos / 1000);
  return absl::StrFormat(".%09d", nanos);
}

}  // namespace

bool ParseTimestamp(absl::string_view text, google::protobuf::Timestamp* timestamp) {
  TextReader scanner(text);
  int year, month, day, hour, minute, second, offset;
  std::int32_t nanos;
  if (!scanner.TakeDigits(4, &year) || !scanner.Take('-') || !scanner.TakeDigits(2, &month) ||
      !scanner.Take('-') || !scanner.TakeDigits(2, &day) ||
      !(scanner.Take('T') || scanner.Take('t')) || !scanner.TakeDigits(2, &hour) ||
      !scanner.Take(':') || !scanner.TakeDigits(2, &minute) || !scanner.Take(':') ||
      !scanner.TakeDigits(2, &second) || !TakeFraction(&scanner, &nanos) ||
      !TakeOffset(&scanner, &offset) || !scanner.AtEnd()) {
    return false;
  }
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  const std::int64_t seconds =
      DaysFromCivil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp) return false;
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(nanos);
  return true;
}

bool ParseDuration(absl::string_view text, google::protobuf::Duration* duration) {
  TextReader scanner(text);
  const bool negative = scanner.Take('-');
  std::int64_t seconds;
  std::int32_t nanos;
  if (!absl::SimpleAtoi(scanner.TakeAllDigits(), &seconds) || !TakeFraction(&scanner, &nanos) ||
      !scanner.Take('s') || !scanner.AtEnd()) {
    return false;
  }
  if (seconds > kMaxDuration || (seconds == kMaxDuration && nanos > 0)) return false;
  duration->set_seconds(negative ? -seconds : seconds);
  duration->set_nanos(negative ? -nanos : nanos);
  return true;
}

bool ParseFieldMask(absl::string_view text, google::protobuf::FieldMask* mask) {
  mask->clear_paths();
  if (text.empty()) return true;
  for (const absl::string_view camel : absl::StrSplit(text, ',')) {
    if (camel.empty()) return false;
    std::string path;
    for (const char c : camel) {
      if (c == '_') return false;
      if (absl::ascii_isupper(static_cast<unsigned char>(c))) path.push_back('_');
      path.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
    mask->add_paths(std::move(path));
  }
  return true;
}

absl::StatusOr<std::string> FormatTimestamp(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinTimestamp || timestamp.seconds() > kMaxTimestamp ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999999999) {
    return absl::InvalidArgumentError(
        "a timestamp lies between the years 1 and 9999, with nanos from 0 to 999999999");
  }
  const std::int64_t since_year_1 = timestamp.seconds() - kMinTimestamp;
  const Date date = CivilFromDays(since_year_1 / 86400 + kMinTimestamp / 86400);
  const std::int64_t second = since_year_1 % 86400;
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d%sZ", date.year, date.month, date.day,
                         second / 3600, second / 60 % 60, second % 60,
                         FormatFraction(timestamp.nanos()));
}

absl::StatusOr<std::string> FormatDuration(const google::protobuf::Duration& duration) {
  const std::int64_t seconds = duration.seconds();
  const std::int32_t nanos = duration.nanos();
  if (seconds < -kMaxDuration || seconds > kMaxDuration || nanos < -999999999 ||
      nanos > 999999999 || (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) {
    return absl::InvalidArgumentError(
        "a duration is at most 10000 years long, and its seconds and nanos have the same sign");
  }
  const bool negative = seconds < 0 || nanos < 0;
  return absl::StrCat(negative ? "-" : "", negative ? -seconds : seconds,
                      FormatFraction(negative ? -nanos : nanos), "s");
}

absl::StatusOr<std::string> FormatFieldMask(const google::protobuf::FieldMask& mask) {
  std::vector<std::string> paths;
  for (const std::string& path : mask.paths()) {
    paths.push_back(LowerCamelCase(path));
    google::protobuf::FieldMask back;
    if (!ParseFieldMask(paths.back(), &back) || back.paths_size() != 1 || back.paths(0) != path) {
      return absl::InvalidArgumentError(
          absl::StrCat("the path `", path, "` is no snake_case path and has no JSON form"));
    }
  }
  return absl::StrJoin(paths, ",");
}

std::string LowerCamelCase(absl::string_view snake_case) {
  std::string camel;
  bool upper = false;
  for (const char c : snake_case) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel.push_back(upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c);
    upper = false;
  }
  return camel;
}

}  // namespace fireworks::json
