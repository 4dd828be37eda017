// For the tests of this folder: one schema of all test messages, and decoding
// and encoding in one line.
#ifndef FIREWORKS_SERVICE_JSON_CODEC_FIXTURE_H_
#define FIREWORKS_SERVICE_JSON_CODEC_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "service/errors/field_violations.h"
#include "service/json/decode.h"
#include "service/json/encode.h"
#include "service/json/schema.h"
#include "service/json/testdata/chat.pb.h"
#include "service/json/testdata/plain.pb.h"
#include "service/json/testdata/resource.pb.h"

namespace fireworks::json::testing {

inline const Schema& TestSchema() {
  static const auto* const schema = [] {
    auto compiled =
        Schema::Compile({Plain::descriptor(), Resource::descriptor(), Chat::descriptor()});
    if (!compiled.ok()) ADD_FAILURE() << compiled.status();
    return new std::unique_ptr<const Schema>(*std::move(compiled));
  }();
  return **schema;
}

template <typename M>
const MessageTable& TableOf() {
  return *TestSchema().Find(M::descriptor());
}

// Decodes what must be JSON that fits M.
template <typename M>
M Decoded(absl::string_view text, Drift* drift = nullptr) {
  M message;
  const absl::Status status = Decode(TableOf<M>(), text, DecodeOptions(), &message, drift);
  EXPECT_TRUE(status.ok()) << status << " for " << text;
  return message;
}

template <typename M>
absl::Status DecodeStatus(absl::string_view text, const DecodeOptions& options = {}) {
  M message;
  return Decode(TableOf<M>(), text, options, &message, nullptr);
}

template <typename M>
std::map<std::string, std::string> Extras(const M& message) {
  return {message.extra_json().begin(), message.extra_json().end()};
}

template <typename M>
M FromText(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

template <typename M>
std::string Encoded(const M& message, const EncodeOptions& options = {}) {
  std::string out;
  const absl::Status status = Encode(TableOf<M>(), message, options, &out);
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

inline EncodeOptions AsAnswer() {
  EncodeOptions options;
  options.keep_output_only = true;
  return options;
}

// The violations of a message that cannot be encoded, as "path: words".
template <typename M>
std::vector<std::string> Violations(const M& message, const EncodeOptions& options = {}) {
  std::string out;
  const absl::Status status = Encode(TableOf<M>(), message, options, &out);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status << " " << out;
  std::vector<std::string> violations;
  const google::rpc::BadRequest bad_request = errors::GetFieldViolations(status);
  for (const auto& violation : bad_request.field_violations()) {
    violations.push_back(violation.field() + ": " + violation.description());
  }
  return violations;
}

MATCHER_P(EqualsText, text, "") {
  std::string printed;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.PrintToString(arg, &printed);
  *result_listener << printed;
  std::decay_t<decltype(arg)> expected;
  if (!google::protobuf::TextFormat::ParseFromString(text, &expected)) return false;
  return expected.SerializeAsString() == arg.SerializeAsString() ||
         expected.DebugString() == arg.DebugString();
}

}  // namespace fireworks::json::testing

#endif  // FIREWORKS_SERVICE_JSON_CODEC_FIXTURE_H_
