// Files in Protobuf text format, with errors that say where.
#ifndef FIREWORKS_SERVICE_ACCESS_TEXT_FORMAT_H_
#define FIREWORKS_SERVICE_ACCESS_TEXT_FORMAT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace fireworks::access {

// Where in a text the fields of a message stand that was parsed from it, so that
// what is found wrong with it later can say where too. Borrows from a ParsedText.
// Any thread.
class TextPlace {
 public:
  // Of a message by the name `path` whose text is not known.
  explicit TextPlace(absl::string_view path) : path_(path) {}

  // The place of the message in `field`, of which `index` is the one to take if it
  // is repeated.
  TextPlace In(const char* field, int index = -1) const;

  // INVALID_ARGUMENT, "<name>:<line>:<column>: <path>.<field>: <what>": the place of
  // `field`, or of this message where the text does not have the field. Without what
  // is not known.
  absl::Status Error(const char* field, absl::string_view what, int index = -1) const;

 private:
  friend class ParsedText;
  TextPlace() = default;
  using Tree = google::protobuf::TextFormat::ParseInfoTree;
  using Location = google::protobuf::TextFormat::ParseLocation;

  // `field` as seen from the outermost message.
  std::string PathOf(const char* field, int index) const;

  absl::string_view name_;
  std::string path_;
  const google::protobuf::Descriptor* type_ = nullptr;
  Tree* tree_ = nullptr;  // which has no const accessors for what is below
  Location here_;         // of the message itself
};

// A message's text: its name and its places.
class ParsedText {
 public:
  // Fills `message` from `text`, once. Errors, INVALID_ARGUMENT, are lines of
  // "<name>:<line>:<column>: <what>"; unknown fields are errors.
  absl::Status Parse(absl::string_view text, absl::string_view name,
                     google::protobuf::Message* message);

  // Of the message that was parsed; as long as this lives.
  TextPlace place();

 private:
  std::string name_;
  const google::protobuf::Descriptor* type_ = nullptr;
  google::protobuf::TextFormat::ParseInfoTree tree_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_TEXT_FORMAT_H_
