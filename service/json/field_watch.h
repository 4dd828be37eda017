// Fields of which the reader of a text wants to know whether it has them.
#ifndef FIREWORKS_SERVICE_JSON_FIELD_WATCH_H_
#define FIREWORKS_SERVICE_JSON_FIELD_WATCH_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace fireworks::json {

// A handful of fields, asked for each field of each event. Thread-compatible; borrows the
// descriptors.
class FieldWatch {
 public:
  void Add(const google::protobuf::FieldDescriptor* field) {
    fields_.push_back(field);
    filter_ |= Bit(field);
  }

  bool Has(const google::protobuf::FieldDescriptor* field) const {
    return (filter_ & Bit(field)) != 0 &&
           std::find(fields_.begin(), fields_.end(), field) != fields_.end();
  }

 private:
  // Descriptors of a message lie one behind the other.
  static std::uint64_t Bit(const google::protobuf::FieldDescriptor* field) {
    const auto place = reinterpret_cast<std::uintptr_t>(field) / sizeof(*field);
    return std::uint64_t{1} << place % 64;
  }

  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  std::uint64_t filter_ = 0;  // no bit: none of the fields
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_FIELD_WATCH_H_
