#include "service/json/message_builder.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "service/json/variant.h"

namespace fireworks::json {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsContainer(JsonType type) { return type == JsonType::kObject || type == JsonType::kArray; }

}  // namespace

void MessageBuilder::Start(const MessageTable& table, absl::string_view text, Message* message) {
  message->Clear();
  root_table_ = &table;
  root_ = message;
  text_begin_ = text.data();
  depth_ = 0;
  capture_ = Capture();
  drift_ = Drift();
  status_ = absl::OkStatus();
}

// --- Frames -----------------------------------------------------------------

MessageBuilder::Frame& MessageBuilder::Push(Frame::Kind kind, const JsonValue& value,
                                            const Catcher& catcher) {
  if (depth_ == frames_.size()) frames_.emplace_back();
  Frame& frame = frames_[depth_++];
  frame.kind = kind;
  frame.begin = value.text.data();
  frame.catcher = catcher;
  return frame;
}

void MessageBuilder::PushObject(Message* message, const MessageTable& table, const FieldTable* arm,
                                const JsonValue& value) {
  Frame& frame = Push(Frame::Kind::kObject, value, Catcher());
  frame.object = message;
  frame.table = &table;
  frame.arm_field = arm;
  frame.arm = nullptr;
  frame.arm_table = nullptr;
  std::size_t fields = table.fields.size();
  if (arm != nullptr) {
    frame.arm = message->GetReflection()->MutableMessage(message, arm->field);
    frame.arm_table = arm->message;
    fields += arm->message->fields.size();
  }
  frame.seen.assign(fields / 64 + 1, 0);
  frame.extras.clear();
}

void MessageBuilder::Pop() {
  Frame& frame = top();
  if (frame.kind == Frame::Kind::kObject && !frame.extras.empty()) WriteExtras(frame);
  if (frame.kind == Frame::Kind::kMap) DropRepeatedKeys(frame);
  --depth_;
}

// --- Events -----------------------------------------------------------------

bool MessageBuilder::Null(absl::string_view text) { return Value({JsonType::kNull, text}); }

bool MessageBuilder::Bool(bool value, absl::string_view text) {
  return Value({JsonType::kBool, text, nullptr, value});
}

bool MessageBuilder::Number(absl::string_view text) { return Value({JsonType::kNumber, text}); }

bool MessageBuilder::String(std::string* value, absl::string_view text) {
  return Value({JsonType::kString, text, value});
}

bool MessageBuilder::StartObject(absl::string_view rest) {
  return Value({JsonType::kObject, rest});
}

bool MessageBuilder::StartArray(absl::string_view rest) { return Value({JsonType::kArray, rest}); }

bool MessageBuilder::EndObject(const char* end) { return EndContainer(end); }
bool MessageBuilder::EndArray(const char* end) { return EndContainer(end); }

bool MessageBuilder::EndContainer(const char* end) {
  if (capture_.goal == Capture::Goal::kNone) {
    Pop();
    return true;
  }
  return --capture_.open > 0 || FinishCapture(end);
}

// --- Keys -------------------------------------------------------------------

bool MessageBuilder::Key(std::string* key) {
  if (capture_.goal != Capture::Goal::kNone) return true;
  Frame& frame = top();
  if (frame.kind == Frame::Kind::kMap) {
    frame.key.assign(*key);
  } else {
    SelectKey(frame, *key);
  }
  return true;
}

void MessageBuilder::SelectKey(Frame& frame, const std::string& key) {
  frame.message = frame.object;
  frame.is_discriminator = false;
  std::size_t bit = 0;
  const auto found = frame.table->by_key.find(key);
  if (found != frame.table->by_key.end()) {
    frame.field = found->second;
    bit = static_cast<std::size_t>(frame.field->index);
  } else if (frame.arm == nullptr) {
    frame.field = nullptr;
  } else {
    frame.message = frame.arm;
    frame.is_discriminator = key == frame.table->discriminator;
    const auto in_arm = frame.arm_table->by_key.find(key);
    frame.field = in_arm == frame.arm_table->by_key.end() ? nullptr : in_arm->second;
    if (frame.field != nullptr) {
      bit = frame.table->fields.size() + static_cast<std::size_t>(frame.field->index);
    }
  }
  if (frame.field == nullptr) {
    frame.key.assign(key);
    return;
  }
  std::uint64_t& word = frame.seen[bit / 64];
  const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
  if ((word & mask) != 0) ForgetEarlier(frame);
  word |= mask;
}

// Of duplicates the last wins, even over one that sits in `extra_json`.
void MessageBuilder::ForgetEarlier(Frame& frame) {
  ++drift_.duplicate_keys;
  frame.message->GetReflection()->ClearField(frame.message, frame.field->field);
  DropExtra(frame, frame.field->key, /*typed=*/true);
}

void MessageBuilder::DropExtra(Frame& frame, const std::string& key, bool typed) {
  if (!frame.extras.empty()) frame.extras.push_back({key, absl::string_view(), typed});
}

// --- Values -----------------------------------------------------------------

bool MessageBuilder::Value(const JsonValue& value) {
  if (capture_.goal != Capture::Goal::kNone) {
    if (IsContainer(value.type)) ++capture_.open;
    return true;
  }
  if (depth_ == 0) {
    // An object with an unknown discriminator is news; any other value is none of
    // this message's.
    const bool wants_object = root_table_->shape == Shape::kTaggedUnion;
    if (wants_object && value.type != JsonType::kObject) return RootMismatch(value);
    return StoreMessage(root_, *root_table_, value, Catcher());
  }
  Frame& frame = top();
  if (frame.kind == Frame::Kind::kObject) return MemberValue(frame, value);
  if (value.type == JsonType::kNull) return Mismatch(Fit::kWrongType, value, Catcher());
  Place place{frame.message, frame.field, frame.field->value_field, /*append=*/true};
  if (frame.kind == Frame::Kind::kMap) {
    // A map is a repeated field of entries.
    place.message = frame.message->GetReflection()->AddMessage(frame.message, frame.field->field);
    place.append = false;
    place.message->GetReflection()->SetString(place.message, frame.field->key_field, frame.key);
  }
  return Store(place, value, Catcher());
}

bool MessageBuilder::MemberValue(Frame& frame, const JsonValue& value) {
  frame.value_begin = value.text.data();
  if (frame.is_discriminator) return DiscriminatorValue(frame, value);
  if (frame.field == nullptr) {
    ++drift_.unknown_keys;
    // null is absent, in contract or not.
    if (value.type == JsonType::kNull) {
      DropExtra(frame, frame.key, /*typed=*/false);
      return true;
    }
    return StartCapture(Capture::Goal::kExtra, frame.value_begin, IsContainer(value.type),
                        value.text);
  }
  if (value.type == JsonType::kNull) return true;
  const FieldTable& field = *frame.field;
  if (field.oneof != nullptr) {
    // The contract says that one of the members exists; what comes second can
    // only be kept as text.
    const Reflection* reflection = frame.message->GetReflection();
    const auto* set = reflection->GetOneofFieldDescriptor(*frame.message, field.oneof);
    if (set != nullptr && set != field.field) return Mismatch(Fit::kWrongType, value, Catcher());
  }
  const Place place{frame.message, &field, field.value_field, /*append=*/false};
  if (field.cardinality != Cardinality::kSingular) return Container(place, value, Catcher());
  return Store(place, value, Catcher());
}

// The arm says what the discriminator was, unless it has several names.
bool MessageBuilder::DiscriminatorValue(Frame& frame, const JsonValue& value) {
  if (value.type == JsonType::kString &&
      *value.string == frame.arm_field->discriminator_values[0]) {
    DropExtra(frame, frame.key, /*typed=*/false);
    return true;
  }
  return StartCapture(Capture::Goal::kExtra, frame.value_begin, IsContainer(value.type),
                      value.text);
}

bool MessageBuilder::Container(const Place& place, const JsonValue& value,
                               const Catcher& catcher) {
  const bool is_map = place.field->cardinality == Cardinality::kMap;
  if (value.type != (is_map ? JsonType::kObject : JsonType::kArray)) {
    return Mismatch(Fit::kWrongType, value, catcher);
  }
  Frame& frame = Push(is_map ? Frame::Kind::kMap : Frame::Kind::kArray, value, catcher);
  frame.message = place.message;
  frame.field = place.field;
  return true;
}

bool MessageBuilder::Store(const Place& place, const JsonValue& value, const Catcher& catcher) {
  if (place.field->kind == Kind::kRawJson) {
    capture_.raw = place;
    return StartCapture(Capture::Goal::kRaw, value.text.data(), IsContainer(value.type),
                        value.text);
  }
  if (place.field->kind == Kind::kMessage) {
    const Reflection* reflection = place.message->GetReflection();
    Message* message = place.append ? reflection->AddMessage(place.message, place.target)
                                    : reflection->MutableMessage(place.message, place.target);
    return StoreMessage(message, *place.field->message, value, catcher);
  }
  const Fit fit = IsContainer(value.type) ? Fit::kWrongType : StoreScalar(place, value);
  return fit == Fit::kFits || Mismatch(fit, value, catcher);
}

bool MessageBuilder::StoreMessage(Message* message, const MessageTable& table,
                                  const JsonValue& value, Catcher catcher) {
  if (table.unknown_variant != nullptr) catcher = {message, table.unknown_variant};
  switch (table.shape) {
    case Shape::kObject:
      if (value.type != JsonType::kObject) return Mismatch(Fit::kWrongType, value, catcher);
      PushObject(message, table, nullptr, value);
      return true;
    case Shape::kTaggedUnion: {
      const FieldTable* arm =
          value.type == JsonType::kObject
              ? PickTaggedArm(table, value.text, Duplicates::kLastWins)
              : nullptr;
      if (arm == nullptr) return Mismatch(Fit::kNoVariant, value, catcher);
      PushObject(message, table, arm, value);
      return true;
    }
    case Shape::kUntaggedUnion: {
      const FieldTable* arm = PickUntaggedArm(table, value.text);
      if (arm == nullptr) return Mismatch(Fit::kNoVariant, value, catcher);
      return Store({message, arm, arm->field, /*append=*/false}, value, catcher);
    }
    case Shape::kUnwrap: {
      const FieldTable& field = table.fields[0];
      return Container({message, &field, field.value_field, false}, value, catcher);
    }
    case Shape::kTimestamp:
    case Shape::kDuration:
    case Shape::kFieldMask:
      break;
  }
  const Fit fit = StoreWellKnown(table.shape, value, message);
  return fit == Fit::kFits || Mismatch(fit, value, catcher);
}

// --- What does not fit ------------------------------------------------------

// Keeps the innermost value around `value` that has a place for its text:
// `value` itself in `catcher`, else what a frame holds.
bool MessageBuilder::Mismatch(Fit fit, const JsonValue& value, const Catcher& catcher) {
  const char* begin = value.text.data();
  int open = IsContainer(value.type) ? 1 : 0;
  Catcher taker = catcher;
  while (taker.message == nullptr && depth_ > 0 && top().kind != Frame::Kind::kObject) {
    taker = top().catcher;
    begin = top().begin;
    ++open;
    --depth_;
  }
  if (taker.message != nullptr) {
    Count(Fit::kNoVariant);
    capture_.raw = {taker.message, taker.arm, taker.arm->field, /*append=*/false};
    return StartCapture(Capture::Goal::kRaw, begin, open, value.text);
  }
  if (depth_ == 0) return RootMismatch(value);
  Frame& frame = top();
  Count(fit);
  const auto* oneof = frame.field->oneof;
  const Reflection* reflection = frame.message->GetReflection();
  // Of two members of a oneof, the first keeps its place.
  if (oneof == nullptr || reflection->HasField(*frame.message, frame.field->field)) {
    reflection->ClearField(frame.message, frame.field->field);
  }
  return StartCapture(Capture::Goal::kExtra, frame.value_begin, open, value.text);
}

void MessageBuilder::Count(Fit fit) {
  if (fit == Fit::kUnknownEnumValue) {
    ++drift_.unknown_enum_values;
  } else if (fit == Fit::kNoVariant) {
    ++drift_.unknown_variants;
  } else {
    ++drift_.type_mismatches;
  }
}

bool MessageBuilder::RootMismatch(const JsonValue& value) {
  status_ = absl::InvalidArgumentError(
      absl::StrCat("byte ", value.text.data() - text_begin_ + 1, ": expected the JSON form of ",
                   root_table_->type->full_name()));
  return false;
}

// Begins to keep the text from `begin` on, of which `open` containers are open.
// With none open, the value is a scalar whose text is `text`.
bool MessageBuilder::StartCapture(Capture::Goal goal, const char* begin, int open,
                                  absl::string_view text) {
  capture_.goal = goal;
  capture_.begin = begin;
  capture_.open = open;
  return open > 0 || FinishCapture(text.data() + text.size());
}

bool MessageBuilder::FinishCapture(const char* end) {
  const absl::string_view text(capture_.begin, static_cast<std::size_t>(end - capture_.begin));
  if (capture_.goal == Capture::Goal::kRaw) {
    StoreRaw(capture_.raw, text);
  } else if (capture_.goal == Capture::Goal::kExtra) {
    Frame& frame = top();
    const bool typed = frame.field != nullptr;
    frame.extras.push_back({typed ? frame.field->key : frame.key, text, typed});
  }
  capture_.goal = Capture::Goal::kNone;
  return true;
}

// --- At the end of a container ----------------------------------------------

void MessageBuilder::WriteExtras(Frame& frame) {
  // An arm's extras are its own; the union around it may have some too.
  const bool in_arm = frame.arm != nullptr && frame.arm_table->extra != nullptr;
  Message* message = in_arm ? frame.arm : frame.object;
  const MessageTable& table = in_arm ? *frame.arm_table : *frame.table;
  absl::flat_hash_map<absl::string_view, std::size_t> last;
  if (frame.extras.size() > 1) {
    for (std::size_t i = 0; i < frame.extras.size(); ++i) last[frame.extras[i].key] = i;
  }
  for (std::size_t i = 0; i < frame.extras.size(); ++i) {
    const Extra& extra = frame.extras[i];
    if (!last.empty() && last[extra.key] != i) {
      // Duplicates of typed keys are counted where they are met.
      if (!extra.typed) ++drift_.duplicate_keys;
      continue;
    }
    if (extra.text.empty() || table.extra == nullptr) continue;
    Message* entry = message->GetReflection()->AddMessage(message, table.extra);
    entry->GetReflection()->SetString(entry, table.extra_key, extra.key);
    entry->GetReflection()->SetString(entry, table.extra_value, std::string(extra.text));
  }
}

// Of entries with the same key keeps the last.
void MessageBuilder::DropRepeatedKeys(const Frame& frame) {
  const Reflection* reflection = frame.message->GetReflection();
  const google::protobuf::FieldDescriptor* field = frame.field->field;
  const int size = reflection->FieldSize(*frame.message, field);
  if (size < 2) return;
  absl::flat_hash_set<std::string> keys;
  // Entries to keep move to the end, from the last on.
  int keep = size;
  for (int i = size - 1; i >= 0; --i) {
    const Message& entry = reflection->GetRepeatedMessage(*frame.message, field, i);
    if (keys.insert(entry.GetReflection()->GetString(entry, frame.field->key_field)).second) {
      --keep;
      if (keep != i) reflection->SwapElements(frame.message, field, i, keep);
    }
  }
  drift_.duplicate_keys += static_cast<std::uint32_t>(keep);
  // The others are now in front: swap them behind, and drop them.
  for (int i = 0; i < keep; ++i) {
    const int back = reflection->FieldSize(*frame.message, field) - 1;
    if (i < size - keep) reflection->SwapElements(frame.message, field, i, back);
    reflection->RemoveLast(frame.message, field);
  }
}

}  // namespace fireworks::json
