#include "service/json/transcoder.h"

#include <algorithm>
#include <limits>

#include "google/protobuf/descriptor.h"
#include "service/json/number.h"
#include "service/json/variant.h"
#include "service/json/well_known.h"

namespace fireworks::json {
namespace {

// Protobuf's parsers stop at about as many messages within each other.
constexpr int kMaxDepth = 100;
// How many times longer than JSON its wire form may be: [1] is 8 bytes and more.
constexpr std::size_t kMaxGrowth = 8;
// Tags and lengths in an entry.
constexpr std::size_t kMaxEntryFrame = 12;
// What an ordinary event needs.
constexpr std::size_t kKeptWire = 16 << 10;
// Unknown keys of one object, or keys of one map: each is compared with the others.
constexpr std::size_t kMaxKeys = 32;

// The fields of a map's entry.
constexpr WireTag kEntryKey = {{0x0A}, 1};
constexpr WireTag kEntryText = {{0x12}, 1};

std::size_t FieldCount(const MessageTable& table, const FieldTable* arm) {
  return table.fields.size() + (arm == nullptr ? 0 : arm->message->fields.size());
}

bool IsPacked(Kind kind) {
  return kind != Kind::kString && kind != Kind::kBytes && kind != Kind::kRawJson &&
         kind != Kind::kMessage;
}

}  // namespace

bool Transcoder::Run(const MessageTable& table, absl::string_view text, int max_depth,
                     const FieldWatch* watch) {
  wire_.Clear();
  drift_ = Drift();
  watch_ = watch;
  noted_ = false;
  in_one_piece_ = true;
  keys_.clear();
  if (text.size() > kMaxText) return false;
  // Large texts are mostly strings, which stay as long as they are: to grow step by step
  // would hold them twice.
  if (text.size() > kKeptWire) wire_.Room(text.size());
  scanner_ = Scanner(text, std::min(max_depth, kMaxDepth));
  scanner_.SkipSpace();
  // What is no object is none of this message's.
  if (table.shape == Shape::kTaggedUnion && scanner_.Peek() != '{') return false;
  if (!MessageValue(table)) return false;
  scanner_.SkipSpace();
  return scanner_.left() == 0;
}

void Transcoder::ReleaseWire() { wire_.Shrink(kKeptWire); }

// --- Values -----------------------------------------------------------------

// A value that is not null, and the tag before it.
bool Transcoder::Value(const FieldTable& field, const WireTag& tag) {
  if (tag.size == 0) return false;
  wire_.Tag(tag);
  if (field.kind != Kind::kMessage) return Scalar(field);
  const WireBuffer::Length length = wire_.OpenLength(scanner_.left() * kMaxGrowth);
  return MessageValue(*field.message) && wire_.CloseLength(length);
}

bool Transcoder::Scalar(const FieldTable& field) {
  switch (field.kind) {
    case Kind::kString:
      return String();
    case Kind::kRawJson: {
      absl::string_view text;
      if (!RawText(&text)) return false;
      wire_.String(text);
      return true;
    }
    case Kind::kBool: {
      const bool value = scanner_.Peek() == 't';
      wire_.Varint(value);
      return scanner_.TakeWord(value ? "true" : "false");
    }
    case Kind::kFloat: {
      float value = 0;
      if (!Number(&value)) return false;
      wire_.Fixed(value);
      return true;
    }
    case Kind::kDouble: {
      double value = 0;
      if (!Number(&value)) return false;
      wire_.Fixed(value);
      return true;
    }
    case Kind::kEnum:
      return Enum(field);
    default:
      return Integer(field.kind);
  }
}

bool Transcoder::String() {
  absl::string_view content;
  bool escaped = false;
  if (!scanner_.TakeString(&content, &escaped)) return false;
  if (!escaped) {
    wire_.String(content);
    return true;
  }
  const WireBuffer::Length length = wire_.OpenLength(content.size());
  wire_.SetEnd(WriteUnescaped(content, wire_.Room(content.size() + 8)));
  return wire_.CloseLength(length);
}

bool Transcoder::Integer(Kind kind) {
  if (kind == Kind::kInt32 || kind == Kind::kInt64) {
    std::int32_t narrow = 0;
    std::int64_t value = 0;
    if (!(kind == Kind::kInt32 ? Number(&narrow) : WideNumber(&value))) return false;
    wire_.Varint(static_cast<std::uint64_t>(kind == Kind::kInt32 ? narrow : value));
    return true;
  }
  std::uint32_t narrow = 0;
  std::uint64_t value = 0;
  switch (kind) {
    case Kind::kUint32:
      if (!Number(&narrow)) return false;
      wire_.Varint(narrow);
      return true;
    case Kind::kUint64:
      if (!WideNumber(&value)) return false;
      wire_.Varint(value);
      return true;
    default:
      return false;
  }
}

template <typename T>
bool Transcoder::Number(T* value) {
  if constexpr (std::numeric_limits<T>::is_integer) {
    std::uint64_t digits = 0;
    if (scanner_.TakeDigits(&digits)) {
      *value = static_cast<T>(digits);
      return digits <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    }
  }
  absl::string_view text;
  return scanner_.TakeNumber(&text) && ParseNumber(text, value);
}

// 64-bit integers come as numbers and as strings.
template <typename T>
bool Transcoder::WideNumber(T* value) {
  if (scanner_.Peek() != '"') return Number(value);
  absl::string_view digits;
  bool escaped = false;
  return scanner_.TakeString(&digits, &escaped) && ParseDigits(digits, value);
}

bool Transcoder::Enum(const FieldTable& field) {
  const google::protobuf::EnumDescriptor* type = field.value_field->enum_type();
  const google::protobuf::EnumValueDescriptor* found = nullptr;
  std::int32_t number = 0;
  if (scanner_.Peek() == '"') {
    absl::string_view name;
    bool escaped = false;
    if (!scanner_.TakeString(&name, &escaped)) return false;
    scratch_.assign(name.data(), name.size());
    found = type->FindValueByName(scratch_);
  } else if (Number(&number)) {
    found = type->FindValueByNumber(number);
  }
  if (found == nullptr) return false;
  wire_.Varint(static_cast<std::uint64_t>(std::int64_t{found->number()}));
  return true;
}

// The text of any value.
bool Transcoder::RawText(absl::string_view* text) {
  const char* begin = scanner_.at();
  if (!scanner_.SkipValue()) return false;
  *text = scanner_.Since(begin);
  return true;
}

// The value at the position, for a look ahead: a number's text, of others all
// that begins with them.
absl::string_view Transcoder::Ahead() const {
  absl::string_view number;
  Scanner ahead = scanner_;
  return ahead.TakeNumber(&number) ? number : scanner_.rest();
}

bool Transcoder::MessageValue(const MessageTable& table) {
  const FieldTable* arm = nullptr;
  if (scanner_.left() == 0) return false;
  switch (table.shape) {
    case Shape::kObject:
      return Members(table, nullptr);
    case Shape::kUnwrap:
      return Container(table.fields[0]);
    case Shape::kTaggedUnion:
      if (scanner_.Peek() == '{') {
        arm = PickTaggedArm(table, scanner_.rest(), Duplicates::kRefusedLater);
      }
      if (arm != nullptr) {
        Note(*arm);
        return Members(table, arm);
      }
      break;
    case Shape::kUntaggedUnion:
      arm = PickUntaggedArm(table, Ahead());
      if (arm != nullptr) {
        Note(*arm);
        return Value(*arm, arm->tag);
      }
      break;
    case Shape::kTimestamp:
    case Shape::kDuration:
    case Shape::kFieldMask:
      return WellKnown(table.shape);
  }
  if (table.unknown_variant == nullptr) return false;
  ++drift_.unknown_variants;
  return Value(*table.unknown_variant, table.unknown_variant->tag);
}

bool Transcoder::WellKnown(Shape shape) {
  absl::string_view content;
  bool escaped = false;
  if (!scanner_.TakeString(&content, &escaped) || escaped) return false;
  scratch_.clear();
  if (shape == Shape::kTimestamp) {
    google::protobuf::Timestamp time;
    if (!ParseTimestamp(content, &time) || !time.SerializeToString(&scratch_)) return false;
  } else if (shape == Shape::kDuration) {
    google::protobuf::Duration duration;
    if (!ParseDuration(content, &duration) || !duration.SerializeToString(&scratch_)) return false;
  } else {
    google::protobuf::FieldMask mask;
    if (!ParseFieldMask(content, &mask) || !mask.SerializeToString(&scratch_)) return false;
  }
  wire_.Raw(scratch_);
  return true;
}

// --- Lists and maps ---------------------------------------------------------

bool Transcoder::Container(const FieldTable& field) {
  if (field.tag.size == 0 || field.value_tag.size == 0) return false;
  if (field.cardinality == Cardinality::kMap) return Map(field);
  return IsPacked(field.kind) ? PackedList(field) : List(field);
}

bool Transcoder::List(const FieldTable& field) {
  if (!scanner_.Open('[')) return false;
  scanner_.SkipSpace();
  for (bool more = scanner_.Peek() != ']'; more; scanner_.TakeComma(&more)) {
    if (scanner_.Peek() == 'n' || !Value(field, field.tag)) return false;
  }
  return scanner_.Close(']');
}

bool Transcoder::PackedList(const FieldTable& field) {
  if (!scanner_.Open('[')) return false;
  wire_.Tag(field.tag);
  const WireBuffer::Length length = wire_.OpenLength(scanner_.left() * kMaxGrowth);
  scanner_.SkipSpace();
  for (bool more = scanner_.Peek() != ']'; more; scanner_.TakeComma(&more)) {
    if (!Scalar(field)) return false;
  }
  return scanner_.Close(']') && wire_.CloseLength(length);
}

bool Transcoder::Map(const FieldTable& field) {
  if (!scanner_.Open('{')) return false;
  scanner_.SkipSpace();
  const std::size_t first = keys_.size();
  for (bool more = scanner_.Peek() != '}'; more; scanner_.TakeComma(&more)) {
    absl::string_view key;
    bool escaped = false;
    if (!scanner_.TakeString(&key, &escaped) || escaped || !Remember(key, first)) return false;
    if (!scanner_.TakeColon() || scanner_.Peek() == 'n') return false;
    wire_.Tag(field.tag);
    const WireBuffer::Length length = wire_.OpenLength((key.size() + scanner_.left()) * kMaxGrowth);
    wire_.Tag(kEntryKey);
    wire_.String(key);
    if (!Value(field, field.value_tag) || !wire_.CloseLength(length)) return false;
  }
  keys_.resize(first);
  return scanner_.Close('}');
}

// Adds `key` to those from `first` on; false when it is there, or when they are many.
bool Transcoder::Remember(absl::string_view key, std::size_t first) {
  const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
  if (keys_.size() - first >= kMaxKeys) return false;
  if (std::find(begin, keys_.end(), key) != keys_.end()) return false;
  keys_.push_back(key);
  return true;
}

// --- Objects ----------------------------------------------------------------

bool Transcoder::Members(const MessageTable& table, const FieldTable* arm) {
  Object object = {&table, arm};
  object.last_key = arm == nullptr ? static_cast<const void*>(&table) : arm;
  object.first_unknown = keys_.size();
  if (FieldCount(table, arm) > 64 * object.seen.size() || !scanner_.Open('{')) return false;
  // Even an empty arm says which it is.
  if (arm != nullptr && !SwitchTo(&object, true)) return false;
  scanner_.SkipSpace();
  for (bool more = scanner_.Peek() != '}'; more; scanner_.TakeComma(&more)) {
    if (!Member(&object)) return false;
  }
  keys_.resize(object.first_unknown);
  return SwitchTo(&object, false) && scanner_.Close('}');
}

bool Transcoder::Member(Object* object) {
  Successor& expected = SuccessorOf(object->last_key);
  if (expected.key == object->last_key && Has(*object, *expected.next) &&
      scanner_.TakeWord(expected.next->quoted_key)) {
    scanner_.SkipSpace();
    return Known(object, *expected.next);
  }
  absl::string_view key;
  bool escaped = false;
  if (!scanner_.TakeString(&key, &escaped) || escaped || !scanner_.TakeColon()) return false;
  const FieldTable* field = Find(*object, key);
  if (field == nullptr) return Unknown(object, key);
  expected = {object->last_key, field};
  return Known(object, *field);
}

bool Transcoder::Has(const Object& object, const FieldTable& field) {
  return field.owner == object.table ||
         (object.arm != nullptr && field.owner == object.arm->message);
}

const FieldTable* Transcoder::Find(const Object& object, absl::string_view key) {
  const auto found = object.table->by_key.find(key);
  if (found != object.table->by_key.end()) return found->second;
  if (object.arm == nullptr) return nullptr;
  const auto in_arm = object.arm->message->by_key.find(key);
  return in_arm == object.arm->message->by_key.end() ? nullptr : in_arm->second;
}

Transcoder::Successor& Transcoder::SuccessorOf(const void* key) {
  // Tables are more than 64 bytes apart.
  return successors_[reinterpret_cast<std::uintptr_t>(key) / 64 % successors_.size()];
}

// The value of a key that has a field.
bool Transcoder::Known(Object* object, const FieldTable& field) {
  object->last_key = &field;
  const bool in_arm = field.owner != object->table;
  const std::size_t bit =
      static_cast<std::size_t>(field.index) + (in_arm ? object->table->fields.size() : 0);
  const std::uint64_t mask = std::uint64_t{1} << bit % 64;
  if ((object->seen[bit / 64] & mask) != 0) return false;
  object->seen[bit / 64] |= mask;
  if (scanner_.Peek() == 'n') return scanner_.TakeWord("null");
  Note(field);
  if (field.oneof != nullptr) {
    // A second member is kept as text.
    const std::uint64_t oneof = std::uint64_t{1} << std::min(field.oneof->index(), 63);
    if ((object->oneofs[in_arm] & oneof) != 0) return false;
    object->oneofs[in_arm] |= oneof;
  }
  if (object->arm != nullptr && !SwitchTo(object, in_arm)) return false;
  return field.cardinality == Cardinality::kSingular ? Value(field, field.tag) : Container(field);
}

bool Transcoder::Unknown(Object* object, absl::string_view key) {
  if (!Remember(key, object->first_unknown)) return false;
  absl::string_view text;
  const bool is_discriminator = object->arm != nullptr && key == object->table->discriminator;
  const bool is_null = scanner_.Peek() == 'n';
  if (!RawText(&text)) return false;
  if (is_discriminator) {
    // The arm says what it was, unless it has several names.
    if (QuotedEquals(text, object->arm->discriminator_values[0])) return true;
  } else {
    ++drift_.unknown_keys;
    if (is_null) return true;
  }
  const bool in_arm = object->arm != nullptr && object->arm->message->extra != nullptr;
  const MessageTable& table = in_arm ? *object->arm->message : *object->table;
  if (table.extra == nullptr) return true;
  if (object->arm != nullptr && !SwitchTo(object, in_arm)) return false;
  wire_.Tag(table.extra_tag);
  const WireBuffer::Length length = wire_.OpenLength(key.size() + text.size() + kMaxEntryFrame);
  wire_.Tag(kEntryKey);
  wire_.String(key);
  wire_.Tag(kEntryText);
  wire_.String(text);
  return wire_.CloseLength(length);
}

// Makes what comes next part of the arm, or of the union around it.
bool Transcoder::SwitchTo(Object* object, bool arm) {
  if (object->in_arm == arm) return true;
  object->in_arm = arm;
  if (!arm) return wire_.CloseLength(object->arm_part);
  if (object->had_arm) in_one_piece_ = false;
  object->had_arm = true;
  wire_.Tag(object->arm->tag);
  object->arm_part = wire_.OpenLength(scanner_.left() * kMaxGrowth);
  return true;
}

void Transcoder::Note(const FieldTable& field) {
  if (watch_ != nullptr && watch_->Has(field.field)) noted_ = true;
}

}  // namespace fireworks::json
