// For tests: decoding both ways and comparing.
#ifndef FIREWORKS_SERVICE_JSON_BOTH_WAYS_H_
#define FIREWORKS_SERVICE_JSON_BOTH_WAYS_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "service/json/decode.h"

namespace fireworks::json::testing {

// Keeps its decoders' buffers, as streams do.
class BothWays {
 public:
  // Decodes `text` as Decoder does, both ways, and by SaxDecode; status, message and
  // drift must be the same. Messages of the type of `prototype`.
  ::testing::AssertionResult Agree(const MessageTable& table,
                                   const google::protobuf::Message& prototype,
                                   absl::string_view text);

  // Of the texts until now: those that were read, and those of them that needed
  // no SaxDecode.
  int read() const { return read_; }
  int read_fast() const { return read_fast_; }

 private:
  // What there is of one way of decoding.
  struct Reading {
    absl::Status status;
    std::unique_ptr<google::protobuf::Message> message;
    Drift drift;
  };
  Reading Skim(const MessageTable& table, const google::protobuf::Message& prototype,
               absl::string_view text);
  static ::testing::AssertionResult Same(const Reading& way, const Reading& slow,
                                         absl::string_view text);

  Decoder decoder_;
  int read_ = 0;
  int read_fast_ = 0;
};

}  // namespace fireworks::json::testing

#endif  // FIREWORKS_SERVICE_JSON_BOTH_WAYS_H_
