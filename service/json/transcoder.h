// JSON text to the wire format of its message, by the message's table, where
// nothing about the text is unusual: what streams consist of.
//
// A generated parser reads the result several times faster than reflection
// builds a message, and into the strings and submessages that the message has
// kept. What the transcoder takes gives the same message and the same drift as
// MessageBuilder; what it refuses (invalid JSON, values that do not fit the
// contract, keys twice, escapes in keys, …) MessageBuilder decides. Keys that the
// contract does not know, and arms of unions, are nothing unusual.
#ifndef FIREWORKS_SERVICE_JSON_TRANSCODER_H_
#define FIREWORKS_SERVICE_JSON_TRANSCODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/json/drift.h"
#include "service/json/field_watch.h"
#include "service/json/scanner.h"
#include "service/json/table.h"
#include "service/json/wire_buffer.h"

namespace fireworks::json {

// Keeps its buffers, and which keys follow each other, from one text to the next.
// Thread-compatible.
class Transcoder {
 public:
  // Texts that are longer are refused: the wire form of many small values is a copy too
  // many. Of one long string nlohmann's parser, which reads it then, holds three copies.
  static constexpr std::size_t kMaxText = 16 << 20;

  // Whether `text` was taken; then `wire` and `drift` say what it is. Notes which fields
  // of `watch`, if given, it has: see `noted`.
  bool Run(const MessageTable& table, absl::string_view text, int max_depth,
           const FieldWatch* watch = nullptr);

  // Of the text that was taken last, until ReleaseWire or the next Run.
  absl::string_view wire() const { return wire_.bytes(); }
  const Drift& drift() const { return drift_; }
  // Whether the text has a value for a field of the watch.
  bool noted() const { return noted_; }
  // Whether each submessage is in one piece, as encoders write it.
  bool in_one_piece() const { return in_one_piece_; }

  // Forgets `wire`; of its memory keeps what an ordinary event needs.
  void ReleaseWire();

 private:
  // The key that came after another one the last time.
  struct Successor {
    const void* key = nullptr;  // a FieldTable; of the first key, the MessageTable
    const FieldTable* next = nullptr;
  };

  // A JSON object whose members are being read. A tagged union's arm is a second
  // message in the same object, of which as many parts are written as the
  // union's own fields make necessary: parsers merge them.
  struct Object {
    const MessageTable* table;
    const FieldTable* arm;  // null: none
    const void* last_key;   // as in Successor
    std::size_t first_unknown;  // in keys_
    bool in_arm;                // a part of the arm is open
    bool had_arm;               // one has been
    WireBuffer::Length arm_part;
    std::array<std::uint64_t, 4> seen;    // fields by index, the arm's behind the union's
    std::array<std::uint64_t, 2> oneofs;  // that have a member: the union's, the arm's
  };

  bool Value(const FieldTable& field, const WireTag& tag);
  bool Scalar(const FieldTable& field);
  bool String();
  bool Integer(Kind kind);
  template <typename T>
  bool Number(T* value);
  template <typename T>
  bool WideNumber(T* value);
  bool Enum(const FieldTable& field);
  bool RawText(absl::string_view* text);
  absl::string_view Ahead() const;
  bool MessageValue(const MessageTable& table);
  bool WellKnown(Shape shape);

  bool Container(const FieldTable& field);
  bool List(const FieldTable& field);
  bool PackedList(const FieldTable& field);
  bool Map(const FieldTable& field);

  bool Members(const MessageTable& table, const FieldTable* arm);
  bool Member(Object* object);
  bool Known(Object* object, const FieldTable& field);
  bool Unknown(Object* object, absl::string_view key);
  bool SwitchTo(Object* object, bool arm);
  void Note(const FieldTable& field);
  bool Remember(absl::string_view key, std::size_t first);
  Successor& SuccessorOf(const void* key);
  static bool Has(const Object& object, const FieldTable& field);
  static const FieldTable* Find(const Object& object, absl::string_view key);

  Scanner scanner_;
  WireBuffer wire_;
  Drift drift_;
  const FieldWatch* watch_ = nullptr;  // during Run
  bool noted_ = false;
  bool in_one_piece_ = true;
  // Keys of open maps, and those without a field of open objects.
  std::vector<absl::string_view> keys_;
  std::array<Successor, 64> successors_;
  std::string scratch_;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_TRANSCODER_H_
