// A Handler of reader.h that fills a message by its table.
//
// Each JSON container that becomes part of the message has a frame. A value that
// fits nowhere is captured: skipped by the parser's events, while its text is
// remembered, and stored as a whole in the innermost place that can hold it:
// the raw-JSON arm of a union around it, else the `extra_json` of the message
// whose key it belongs to.
#ifndef FIREWORKS_SERVICE_JSON_MESSAGE_BUILDER_H_
#define FIREWORKS_SERVICE_JSON_MESSAGE_BUILDER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/json/drift.h"
#include "service/json/scalar.h"
#include "service/json/table.h"

namespace fireworks::json {

// Thread-compatible; keeps its buffers from one message to the next.
class MessageBuilder {
 public:
  // Clears `message`, which must be of the table's type, and makes it what
  // the next document fills. `text` is that document; errors count its bytes.
  void Start(const MessageTable& table, absl::string_view text, google::protobuf::Message* message);

  // What did not fit since Start.
  const Drift& drift() const { return drift_; }
  // Why the builder has stopped the reader; OK if it has not.
  const absl::Status& status() const { return status_; }

  bool Null(absl::string_view text);
  bool Bool(bool value, absl::string_view text);
  bool Number(absl::string_view text);
  bool String(std::string* value, absl::string_view text);
  bool StartObject(absl::string_view rest);
  bool StartArray(absl::string_view rest);
  bool Key(std::string* key);
  bool EndObject(const char* end);
  bool EndArray(const char* end);

 private:
  // The raw-JSON arm that takes a union's value when no other arm does.
  struct Catcher {
    google::protobuf::Message* message = nullptr;  // the union; null: none
    const FieldTable* arm = nullptr;
  };

  // An entry-to-be of `extra_json`.
  struct Extra {
    std::string key;
    absl::string_view text;  // empty: a later duplicate took the key away
    bool typed;              // the key of a field whose value does not fit
  };

  struct Frame {
    enum class Kind : std::uint8_t { kObject, kArray, kMap };
    Kind kind;
    const char* begin;  // of the container
    Catcher catcher;    // what takes the container when it turns out not to fit
    // kArray, kMap: the field and its message. kObject: those of the current
    // key; the field is null when the key is unknown.
    google::protobuf::Message* message;
    const FieldTable* field;

    // kMap and unknown keys of kObject: the current key.
    std::string key;

    // kObject only. A tagged union's arm is a second message in the same object.
    google::protobuf::Message* object;
    const MessageTable* table;
    google::protobuf::Message* arm;
    const MessageTable* arm_table;
    const FieldTable* arm_field;
    const char* value_begin;  // of the current key's value
    bool is_discriminator;    // the current key
    absl::InlinedVector<std::uint64_t, 2> seen;
    std::vector<Extra> extras;
  };

  // A value that is kept as text.
  struct Capture {
    enum class Goal : std::uint8_t { kNone, kExtra, kRaw };
    Goal goal = Goal::kNone;
    int open = 0;  // containers of the value that are open
    const char* begin = nullptr;
    Place raw;  // kRaw
  };

  Frame& top() { return frames_[depth_ - 1]; }
  Frame& Push(Frame::Kind kind, const JsonValue& value, const Catcher& catcher);
  void PushObject(google::protobuf::Message* message, const MessageTable& table,
                  const FieldTable* arm, const JsonValue& value);
  void Pop();

  bool Value(const JsonValue& value);
  bool MemberValue(Frame& frame, const JsonValue& value);
  bool DiscriminatorValue(Frame& frame, const JsonValue& value);
  bool Container(const Place& place, const JsonValue& value, const Catcher& catcher);
  bool Store(const Place& place, const JsonValue& value, const Catcher& catcher);
  bool StoreMessage(google::protobuf::Message* message, const MessageTable& table,
                    const JsonValue& value, Catcher catcher);

  bool Mismatch(Fit fit, const JsonValue& value, const Catcher& catcher);
  bool RootMismatch(const JsonValue& value);
  bool StartCapture(Capture::Goal goal, const char* begin, int open, absl::string_view text);
  bool FinishCapture(const char* end);
  bool EndContainer(const char* end);

  void SelectKey(Frame& frame, const std::string& key);
  void ForgetEarlier(Frame& frame);
  void DropExtra(Frame& frame, const std::string& key, bool typed);
  void Count(Fit fit);
  void WriteExtras(Frame& frame);
  void DropRepeatedKeys(const Frame& frame);

  const MessageTable* root_table_ = nullptr;
  google::protobuf::Message* root_ = nullptr;
  const char* text_begin_ = nullptr;
  // The first `depth_` are in use. A deque: addresses are stable.
  std::deque<Frame> frames_;
  std::size_t depth_ = 0;
  Capture capture_;
  Drift drift_;
  absl::Status status_;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_MESSAGE_BUILDER_H_
