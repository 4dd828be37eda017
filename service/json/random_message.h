// Random messages and JSON for property tests, from a seed.
#ifndef FIREWORKS_SERVICE_JSON_RANDOM_MESSAGE_H_
#define FIREWORKS_SERVICE_JSON_RANDOM_MESSAGE_H_

#include <cstdint>
#include <random>
#include <string>

#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "service/json/table.h"

namespace fireworks::json::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // From 0 to `bound` - 1.
  std::uint64_t Below(std::uint64_t bound) { return engine_() % bound; }
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }
  std::uint64_t Bits() { return engine_(); }
  // Valid UTF-8 with all that needs escaping.
  std::string Text();
  // Without null, in the whole or as a member; numbers are no integers that an
  // enum could know, strings no digits.
  nlohmann::ordered_json Json(int depth);
  // Finite.
  double Real();

 private:
  std::mt19937_64 engine_;
};

struct RandomMessageOptions {
  // Leave out messages without `extra_json`, which cannot keep what is new.
  bool only_with_extra = false;
};

// Fills `message`, of the table's type, with values that have a JSON form and
// that decoding can tell apart.
void FillMessage(const MessageTable& table, const RandomMessageOptions& options, int depth,
                 Random* random, google::protobuf::Message* message);

}  // namespace fireworks::json::testing

#endif  // FIREWORKS_SERVICE_JSON_RANDOM_MESSAGE_H_
