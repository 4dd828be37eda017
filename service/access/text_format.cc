#include "service/access/text_format.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"

namespace fireworks::access {
namespace {

// Collects the text parser's complaints.
class ErrorList : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(absl::string_view name) : name_(name) {}

  void AddError(int line, int column, const std::string& message) override {
    absl::StrAppend(&text_, text_.empty() ? "" : "\n", name_, ":", line + 1, ":", column + 1, ": ",
                    message);
  }

  const std::string& text() const { return text_; }

 private:
  const std::string name_;
  std::string text_;
};

}  // namespace

std::string TextPlace::PathOf(const char* field, int index) const {
  std::string path = absl::StrCat(path_, path_.empty() ? "" : ".", field);
  if (index >= 0) absl::StrAppend(&path, "[", index, "]");
  return path;
}

TextPlace TextPlace::In(const char* field, int index) const {
  TextPlace inner;
  inner.name_ = name_;
  inner.path_ = PathOf(field, index);
  if (tree_ == nullptr) return inner;
  const google::protobuf::FieldDescriptor* descriptor = type_->FindFieldByName(field);
  inner.type_ = descriptor->message_type();
  inner.tree_ = tree_->GetTreeForNested(descriptor, index);
  inner.here_ = tree_->GetLocation(descriptor, index);
  return inner;
}

absl::Status TextPlace::Error(const char* field, absl::string_view what, int index) const {
  Location location;
  if (tree_ != nullptr) {
    const google::protobuf::FieldDescriptor* descriptor = type_->FindFieldByName(field);
    // A repeated field as a whole has no place; its first element has.
    location = tree_->GetLocation(descriptor,
                                  descriptor->is_repeated() && index < 0 ? 0 : index);
  }
  if (location.line < 0) location = here_;
  std::string where(name_);
  if (location.line >= 0) {
    absl::StrAppend(&where, ":", location.line + 1, ":", location.column + 1);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(where, where.empty() ? "" : ": ", PathOf(field, index), ": ", what));
}

absl::Status ParsedText::Parse(absl::string_view text, absl::string_view name,
                               google::protobuf::Message* message) {
  name_ = std::string(name);
  type_ = message->GetDescriptor();
  ErrorList errors(name_);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&tree_);
  if (!parser.ParseFromString(std::string(text), message)) {
    return absl::InvalidArgumentError(errors.text());
  }
  return absl::OkStatus();
}

TextPlace ParsedText::place() {
  TextPlace place;
  place.name_ = name_;
  place.type_ = type_;
  place.tree_ = &tree_;
  return place;
}

}  // namespace fireworks::access
