// Writes messages as JSON by their tables; what Encode is made of.
#ifndef FIREWORKS_SERVICE_JSON_MESSAGE_WRITER_H_
#define FIREWORKS_SERVICE_JSON_MESSAGE_WRITER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/errors/field_violations.h"
#include "service/json/encode.h"
#include "service/json/mask.h"
#include "service/json/table.h"

namespace fireworks::json {

// For one message. Borrows all that it is given.
class MessageWriter {
 public:
  MessageWriter(const EncodeOptions& options, std::string* out) : options_(options), out_(out) {}

  // Appends `message`, whole or by the options' mask.
  absl::Status Write(const MessageTable& table, const google::protobuf::Message& message);

 private:
  // Where in the outermost message a value is; lives on the stack.
  struct Path {
    const Path* parent = nullptr;
    absl::string_view name;
    int index = -1;                    // of an element; -1: none
    const std::string* key = nullptr;  // of a map's entry; null: none
  };

  // The JSON object that is being written.
  struct Object {
    bool empty = true;
    absl::flat_hash_set<std::string> extra_keys;
  };

  // One object's fields and extras: those of a message, or of a tagged union
  // and its arm, which share an object.
  struct Part {
    const google::protobuf::Message* message;
    const MessageTable* table;
    const Path* path;
  };

  // An entry of `extra_json`, borrowed from the message.
  using Extra = std::pair<const std::string*, const std::string*>;

  static constexpr char kRepeatedKey[] = "repeats a key that is written from elsewhere";

  static bool IsSet(const google::protobuf::Message& message, const FieldTable& field);
  bool is_request() const { return !options_.keep_output_only; }
  void Violate(const Path& path, absl::string_view description);
  static std::string FormatPath(const Path& path, absl::string_view prefix);

  // Values. With `nulls`, unset fields of objects are written as null, where
  // that says more than leaving them out.
  void Value(const google::protobuf::Message& message, const FieldTable& field, const Path& path,
             bool nulls);
  void Single(const google::protobuf::Message& message, const FieldTable& field, int index,
              const Path& path, bool nulls);
  void Map(const google::protobuf::Message& message, const FieldTable& field, const Path& path);
  void MessageValue(const google::protobuf::Message& message, const MessageTable& table,
                    const Path& path, bool nulls);
  void WellKnown(const google::protobuf::Message& message, const MessageTable& table,
                 const Path& path);
  void Quoted(const std::string& text, const Path& path);
  void Raw(const std::string& text, const Path& path);
  template <typename T>
  void Float(T value, const FieldTable& field, const Path& path);
  template <typename T>
  void Wide(T value, const FieldTable& field);

  // Objects.
  void PlainObject(const Part& part, bool nulls, Object* object);
  void TaggedObject(const Part& part, Object* object);
  void Fields(const Part& part, bool nulls, Object* object);
  void UnsetField(const Part& part, const FieldTable& field, bool nulls, Object* object);
  void Extras(const Part& part, const Part& other, Object* object);
  bool MayWriteExtra(const std::string& key, const Part& part, const Part& other,
                     const Object& object, const Path& path);
  void Member(absl::string_view quoted_key, Object* object);
  void Members(Object* object);
  bool IsSkipped(const Part& part, const FieldTable& field) const;

  // Masks.
  void Masked(const Part& part, const MaskNode& node, Object* object);
  void MaskedField(const Part& part, const FieldTable& field, const MaskNode& node,
                   Object* object);
  void MaskedExtras(const Part& part, const MaskNode& node, Object* object);
  void MaskedExtra(const Part& part, const std::string& name, const MaskNode& node,
                   Object* object);
  bool WriteExtra(const Part& part, absl::string_view key, Object* object);

  static std::vector<Extra> SortedExtras(const Part& part);

  const EncodeOptions& options_;
  std::string* out_;
  const google::protobuf::Message* root_ = nullptr;
  errors::FieldViolations violations_;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_MESSAGE_WRITER_H_
