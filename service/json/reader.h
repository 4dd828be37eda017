// Reads JSON text with nlohmann's SAX parser and tells a handler not only what
// each value is but where its text stands, so that it can be kept verbatim.
//
// A Handler has these members; each returns whether to go on. Texts are views
// into the JSON text, valid until Read returns.
//
//   bool Null(absl::string_view text);
//   bool Bool(bool value, absl::string_view text);
//   bool Number(absl::string_view text);
//   // `value` may be moved from.
//   bool String(std::string* value, absl::string_view text);
//   // `rest` begins with the container and goes on to the end of the text; it
//   // may yet turn out to be invalid.
//   bool StartObject(absl::string_view rest);
//   bool StartArray(absl::string_view rest);
//   bool Key(std::string* key);
//   // `end` is behind the container's last byte.
//   bool EndObject(const char* end);
//   bool EndArray(const char* end);
#ifndef FIREWORKS_SERVICE_JSON_READER_H_
#define FIREWORKS_SERVICE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace fireworks::json {
namespace internal {

// An iterator over bytes that tells how far it is: the parser keeps it to
// itself, and we want to know.
class TellingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  // Writes each new position to `told`.
  TellingIterator(const char* at, const char** told) : at_(at), told_(told) {}

  reference operator*() const { return *at_; }
  TellingIterator& operator++() {
    *told_ = ++at_;
    return *this;
  }
  bool operator==(const TellingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TellingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** told_;
};

// The words of nlohmann's exception that say what was found and expected,
// without the input that they quote.
std::string DescribeParseError(absl::string_view what);

inline bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// How long the number (RFC 8259 §6) is that `text` begins with; 0 when it begins with
// none. In `01` it is the `0`.
std::size_t NumberLength(absl::string_view text);

// Takes nlohmann's events and adds positions.
template <typename Handler>
class SaxAdapter {
 public:
  // `parsed` goes through the parser; texts come from the same places of
  // `text`, which is as long.
  SaxAdapter(absl::string_view parsed, absl::string_view text, int max_depth, Handler* handler)
      : parsed_(parsed), text_(text), depth_left_(max_depth), handler_(handler) {
    cursor_ = parsed.data();
    end_ = parsed.data() + parsed.size();
    mark_ = cursor_;
    // The parser skips a byte order mark by itself.
    if (parsed.substr(0, 3) == "\xEF\xBB\xBF") mark_ += 3;
  }

  // Whether all of the text was read as one JSON value.
  bool Run() {
    const bool complete = nlohmann::json::sax_parse(
        TellingIterator(cursor_, &cursor_), TellingIterator(end_, nullptr), this,
        nlohmann::json::input_format_t::json, /*strict=*/true, /*ignore_comments=*/false);
    if (!complete) return false;
    // The parser takes a NUL byte for the end.
    while (mark_ != end_ && IsSpace(*mark_)) ++mark_;
    if (mark_ == end_) return true;
    error_ = "unexpected NUL; expected end of input";
    error_position_ = static_cast<std::size_t>(mark_ - parsed_.data()) + 1;
    return false;
  }

  // After Run has failed: set when the text is no JSON; else the handler or the
  // depth limit has stopped it.
  bool is_syntax_error() const { return !error_.empty(); }
  bool is_too_deep() const { return depth_left_ < 0; }
  absl::Status SyntaxError() const {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid JSON at byte ", error_position_, ": ", error_));
  }

  // nlohmann's interface.
  bool null() { return handler_->Null(Scalar()); }
  bool boolean(bool value) { return handler_->Bool(value, Scalar()); }
  bool number_integer(std::int64_t) { return handler_->Number(NumberText()); }
  bool number_unsigned(std::uint64_t) { return handler_->Number(NumberText()); }
  bool number_float(double, const std::string&) { return handler_->Number(NumberText()); }
  bool string(std::string& value) { return handler_->String(&value, Scalar()); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not in JSON text
  bool start_object(std::size_t) { return Enter() && handler_->StartObject(Rest()); }
  bool start_array(std::size_t) { return Enter() && handler_->StartArray(Rest()); }
  bool key(std::string& value) {
    mark_ = cursor_;
    return handler_->Key(&value);
  }
  bool end_object() { return handler_->EndObject(Leave()); }
  bool end_array() { return handler_->EndArray(Leave()); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) {
    error_position_ = position;
    error_ = DescribeParseError(error.what());
    return false;
  }

 private:
  bool Enter() { return --depth_left_ >= 0; }
  const char* Leave() {
    ++depth_left_;
    mark_ = cursor_;
    return text_.data() + (mark_ - parsed_.data());
  }

  // The first byte of the value that the parser has just read or entered:
  // between it and the token before, there is nothing but separators.
  const char* Begin() {
    while (IsSpace(*mark_) || *mark_ == ':' || *mark_ == ',') ++mark_;
    return mark_;
  }
  absl::string_view Slice(const char* begin, const char* end) const {
    return text_.substr(static_cast<std::size_t>(begin - parsed_.data()),
                        static_cast<std::size_t>(end - begin));
  }
  absl::string_view Scalar() {
    const char* begin = Begin();
    mark_ = cursor_;
    return Slice(begin, mark_);
  }
  // Of numbers the parser reads one byte too much, unless the text ends there.
  absl::string_view NumberText() {
    const char* begin = Begin();
    mark_ += NumberLength({begin, static_cast<std::size_t>(end_ - begin)});
    return Slice(begin, mark_);
  }
  absl::string_view Rest() {
    const char* begin = Begin();
    mark_ = cursor_;
    return Slice(begin, end_);
  }

  absl::string_view parsed_;
  absl::string_view text_;
  const char* cursor_;  // how far the parser has read
  const char* end_;
  const char* mark_;  // behind the last token that the handler knows
  int depth_left_;
  Handler* handler_;
  std::string error_;
  std::size_t error_position_ = 0;
};

}  // namespace internal
}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_READER_H_
