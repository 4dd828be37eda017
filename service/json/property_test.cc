// Laws of the codec, on random messages of the test types and of every type of
// the contract that is linked in. Seeds are fixed: a failure repeats.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "service/json/both_ways.h"
#include "service/json/codec_fixture.h"
#include "service/json/random_message.h"

namespace fireworks::json::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::util::MessageDifferencer;
using Dom = nlohmann::json;

void AddNested(const Descriptor* type, std::vector<const Descriptor*>* types) {
  if (type->options().map_entry()) return;
  types->push_back(type);
  for (int i = 0; i < type->nested_type_count(); ++i) AddNested(type->nested_type(i), types);
}

// All linked message types of the contract's API packages, and those of the tests.
std::vector<const Descriptor*> AllTypes() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const Descriptor*> types;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, "fireworks/inference/") &&
        !absl::StartsWith(name, "fireworks/gateway/") &&
        (!absl::StartsWith(name, "service/json/testdata/") || absl::StrContains(name, "broken"))) {
      continue;
    }
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->message_type_count(); ++i) AddNested(file->message_type(i), &types);
  }
  return types;
}

const Schema& WholeSchema() {
  static const auto* const schema = [] {
    auto compiled = Schema::Compile(AllTypes());
    if (!compiled.ok()) ADD_FAILURE() << compiled.status();
    return new std::unique_ptr<const Schema>(*std::move(compiled));
  }();
  return **schema;
}

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string EncodedAnswer(const MessageTable& table, const Message& message) {
  std::string out;
  const absl::Status status = Encode(table, message, AsAnswer(), &out);
  EXPECT_TRUE(status.ok()) << status << "\n" << message.DebugString();
  return out;
}

// What parsers of the wire format take (CodedInputStream's default).
constexpr int kParserLevels = 100;

// Messages within each other, `type` included: more than parsers take if it can be within
// itself.
int LevelsOf(const Descriptor* type, std::map<const Descriptor*, int>* known) {
  const auto [entry, is_new] = known->emplace(type, kParserLevels + 1);
  if (!is_new) return entry->second;
  int within = 0;
  for (int i = 0; i < type->field_count(); ++i) {
    const Descriptor* const field_type = type->field(i)->message_type();
    if (field_type != nullptr) within = std::max(within, LevelsOf(field_type, known));
  }
  return entry->second = within + 1;
}

// Decoder::DecodeAndFree has no text left to read another way.
TEST(PropertyTest, NoMessageOfTheContractHasMoreLevelsThanParsersTake) {
  std::map<const Descriptor*, int> known;
  for (const Descriptor* type : AllTypes()) {
    if (absl::StartsWith(type->file()->name(), "service/json/testdata/")) continue;
    EXPECT_LE(LevelsOf(type, &known), kParserLevels) << type->full_name();
  }
}

TEST(PropertyTest, DecodingGivesBackWhatWasEncoded) {
  Random random(1);
  Decoder decoder;
  for (const Descriptor* type : AllTypes()) {
    const MessageTable& table = *WholeSchema().Find(type);
    for (int i = 0; i < 25; ++i) {
      const auto message = New(type);
      FillMessage(table, {}, 5, &random, message.get());
      const std::string json = EncodedAnswer(table, *message);
      ASSERT_TRUE(Dom::accept(json)) << json;
      const auto back = New(type);
      Drift drift;
      const absl::Status status = decoder.Decode(table, json, {}, back.get(), &drift);
      ASSERT_TRUE(status.ok()) << status << "\n" << json;
      ASSERT_TRUE(MessageDifferencer::Equals(*message, *back))
          << json << "\n" << message->DebugString() << "\n" << back->DebugString();
      ASSERT_EQ(drift.type_mismatches + drift.unknown_enum_values + drift.duplicate_keys +
                    drift.repaired_strings,
                0u)
          << json;
    }
  }
}

// Rule 22 of what "lossless" means: null and empty are absent.
bool IsAbsent(const Dom& value) {
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty());
}

Dom WithoutAbsent(const Dom& value) {
  Dom result = value;
  if (value.is_array()) {
    for (auto& element : result) element = WithoutAbsent(element);
  } else if (value.is_object()) {
    result = Dom::object();
    for (const auto& [key, member] : value.items()) {
      Dom kept = WithoutAbsent(member);
      if (!IsAbsent(kept)) result[key] = std::move(kept);
    }
  }
  return result;
}

// Adds unknown keys to objects and puts strange values in the place of others.
void Disturb(Random* random, Dom* value) {
  if (value->is_object()) {
    for (auto& member : value->items()) {
      if (random->OneIn(12)) {
        member.value() = Dom::parse(random->Json(2).dump());
      } else {
        Disturb(random, &member.value());
      }
    }
    (*value)["strange" + random->Text()] = Dom::parse(random->Json(3).dump());
  } else if (value->is_array()) {
    for (auto& element : *value) Disturb(random, &element);
    if (random->OneIn(8)) value->push_back(Dom::parse(random->Json(1).dump()));
  }
}

// Equal, where 64-bit integers may be numbers or strings.
bool Same(const Dom& a, const Dom& b) {
  if (a.is_number() && b.is_string()) return a.dump() == b.get<std::string>();
  if (a.is_string() && b.is_number()) return Same(b, a);
  if (a.type() != b.type() || !a.is_structured()) return a == b;
  if (a.size() != b.size()) return false;
  if (a.is_array()) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }
  for (const auto& [key, member] : a.items()) {
    if (!b.contains(key) || !Same(member, b[key])) return false;
  }
  return true;
}

TEST(PropertyTest, NothingIsLostOfJsonThatTheContractDoesNotKnow) {
  Random random(2);
  RandomMessageOptions options;
  options.only_with_extra = true;
  std::uint64_t drifted = 0;
  for (const Descriptor* type : AllTypes()) {
    const MessageTable& table = *WholeSchema().Find(type);
    if (table.shape != Shape::kObject || table.extra == nullptr) continue;
    for (int i = 0; i < 25; ++i) {
      const auto message = New(type);
      FillMessage(table, options, 5, &random, message.get());
      Dom document = Dom::parse(EncodedAnswer(table, *message));
      Disturb(&random, &document);
      const std::string text = document.dump(random.OneIn(2) ? 2 : -1);
      Drift drift;
      const absl::Status status = Decode(table, text, {}, message.get(), &drift);
      ASSERT_TRUE(status.ok()) << status << "\n" << text;
      drifted += drift.any();
      const Dom back = Dom::parse(EncodedAnswer(table, *message));
      ASSERT_TRUE(Same(WithoutAbsent(document), WithoutAbsent(back)))
          << type->full_name() << "\n" << text << "\n" << back.dump() << "\n"
          << message->DebugString();
    }
  }
  EXPECT_GT(drifted, 100u);
}

TEST(PropertyTest, ProtobufsOwnJsonAgrees) {
  Random random(3);
  const MessageTable& table = TableOf<Plain>();
  for (int i = 0; i < 500; ++i) {
    Plain message;
    FillMessage(table, {}, 3, &random, &message);
    const std::string ours = EncodedAnswer(table, message);
    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs).ok());
    ASSERT_EQ(Dom::parse(ours), Dom::parse(theirs)) << ours << "\n" << theirs;
    Plain from_ours;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(ours, &from_ours).ok()) << ours;
    ASSERT_TRUE(MessageDifferencer::Equals(message, from_ours)) << ours;
    ASSERT_TRUE(MessageDifferencer::Equals(message, Decoded<Plain>(theirs))) << theirs;
  }
}

// Breaks a text at random places.
std::string Damaged(Random* random, std::string text) {
  constexpr char kBytes[] = "{}[]\",:\\u0019eE+-.tfn \n\xff\xe2\xed\xa0\x80\xf0";
  for (std::uint64_t i = 1 + random->Below(3); i > 0 && !text.empty(); --i) {
    const std::size_t at = random->Below(text.size());
    switch (random->Below(3)) {
      case 0:
        text[at] = kBytes[random->Below(sizeof kBytes)];
        break;
      case 1:
        text.erase(at, 1 + random->Below(4));
        break;
      default:
        text.insert(at, 1, kBytes[random->Below(sizeof kBytes)]);
    }
  }
  return text;
}

TEST(PropertyTest, DamagedTextIsRefusedOrReadAndNeverHalfRead) {
  Random random(4);
  const MessageTable& table = TableOf<Chat>();
  Decoder decoder;
  int read = 0;
  for (int i = 0; i < 5000; ++i) {
    Chat message;
    FillMessage(table, {}, 3, &random, &message);
    const std::string text = Damaged(&random, EncodedAnswer(table, message));
    Drift drift;
    const bool ok = decoder.Decode(table, text, {}, &message, &drift).ok();
    // The parser's own verdict; it stops at NUL and refuses numbers like 1e999.
    if (Dom::accept(text) && !text.empty() && text.find('\0') == std::string::npos) {
      ASSERT_EQ(ok, Dom::parse(text).is_object()) << text;
    }
    if (!ok) continue;
    ++read;
    // What was read can be written, and reads the same.
    Chat again;
    const std::string json = EncodedAnswer(table, message);
    ASSERT_TRUE(decoder.Decode(table, json, {}, &again, nullptr).ok()) << json;
    ASSERT_TRUE(MessageDifferencer::Equals(message, again)) << text << "\n" << json;
  }
  EXPECT_GT(read, 250);
}

TEST(PropertyTest, BothWaysOfDecodingAgree) {
  Random random(5);
  BothWays both;
  for (const Descriptor* type : AllTypes()) {
    const MessageTable& table = *WholeSchema().Find(type);
    for (int i = 0; i < 10; ++i) {
      const auto message = New(type);
      FillMessage(table, {}, 4, &random, message.get());
      const std::string json = EncodedAnswer(table, *message);
      ASSERT_TRUE(both.Agree(table, *message, json)) << type->full_name();
      Dom document = Dom::parse(json);
      Disturb(&random, &document);
      ASSERT_TRUE(both.Agree(table, *message, document.dump(random.OneIn(2) ? 2 : -1)));
      ASSERT_TRUE(both.Agree(table, *message, Damaged(&random, json)));
    }
  }
  EXPECT_GT(both.read_fast(), both.read() / 3);
}

}  // namespace
}  // namespace fireworks::json::testing
