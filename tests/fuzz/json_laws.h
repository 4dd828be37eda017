// The laws of the JSON codec, on text that upstream may send for any message type of
// one package of the contract.
#ifndef FIREWORKS_TESTS_FUZZ_JSON_LAWS_H_
#define FIREWORKS_TESTS_FUZZ_JSON_LAWS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/json/decode.h"
#include "service/json/schema.h"

namespace fireworks::fuzz {

// How much the scalars of a message that was decoded and encoded again may differ.
enum class Scalars {
  kSame,         // numbers in spelling
  kNormalised,   // times, durations, enums, integers as strings: in their own ways
};

// Thread-compatible.
class JsonLaws {
 public:
  // Of all message types whose files begin with `folder`, which are linked in.
  JsonLaws(absl::string_view folder, Scalars scalars);

  // `input` is a type's name relative to its package in the first line, then the
  // text; another first line picks some type. Ends the process when a law does not
  // hold: JSON of the right kind is always read; what was read can be written, and is
  // written the same once it was read again; every key and value is still there; a
  // decoder has no memory; its fast way gives what the slow one gives.
  void Test(absl::string_view input);

 private:
  struct Type {
    const json::MessageTable* table;
    // Cleared and filled by each input.
    std::unique_ptr<google::protobuf::Message> message;
    std::unique_ptr<google::protobuf::Message> again;
  };

  void AddType(const google::protobuf::Descriptor* type);
  Type& Pick(absl::string_view name);
  bool Read(Type* type, absl::string_view text);
  void CheckBothWays(Type* type, absl::string_view text, const absl::Status& status,
                     const json::Drift& drift);
  void CheckSkimmed(Type* type, absl::string_view text, const json::Drift& drift);
  void CheckStable(Type* type, const std::string& json);
  void CheckNothingLost(const Type& type, absl::string_view text, const std::string& json);

  const Scalars scalars_;
  std::unique_ptr<const json::Schema> schema_;
  std::vector<Type> types_;
  // Positions in types_.
  absl::flat_hash_map<std::string, std::size_t> by_name_;
  // Keys of fields for which unset and empty are the same.
  absl::flat_hash_set<std::string> without_presence_;
  json::Decoder decoder_;
};

}  // namespace fireworks::fuzz

#endif  // FIREWORKS_TESTS_FUZZ_JSON_LAWS_H_
