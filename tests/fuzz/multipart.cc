// Uploads: a file name stays inside its quotes, and the size is the one that travels.
//
// Input: the file name up to the byte 1F, the announced size up to the next, then the
// bytes.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.pb.h"
#include "service/contract/field_path.h"
#include "service/server/multipart_body.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;
// A message that every program has, with a field of each type that an upload needs.
using Upload = google::protobuf::UninterpretedOption;

contract::FieldPath PathOf(absl::string_view field) {
  return *contract::FieldPath::Compile(Upload::descriptor(), field);
}

const contract::UploadRules& Rules() {
  static const auto& rules = *new contract::UploadRules{
      "file", PathOf("string_value"), PathOf("identifier_value"), PathOf("negative_int_value")};
  return rules;
}

void CheckPreamble(const server::MultipartBody& body, absl::string_view file_name) {
  const std::string type = body.content_type();
  const std::string boundary = type.substr(type.find("boundary=") + 9);
  const std::string quoted = absl::StrReplaceAll(file_name, {{"\"", "%22"}, {"\\", "\\\\"}});
  const std::vector<std::string> lines = absl::StrSplit(body.preamble(), "\r\n");
  Check(lines.size() == 5, "a preamble has its lines and no more", body.preamble());
  Check(lines[0] == "--" + boundary, "a preamble begins with the boundary", body.preamble());
  Check(lines[1] == absl::StrCat("content-disposition: form-data; name=\"file\"; filename=\"",
                                 quoted, "\""),
        "a name stays inside its quotes", body.preamble());
  Check(body.preamble().find('\0') == std::string::npos, "no NUL", body.preamble());
}

void Test(absl::string_view input) {
  Upload first;
  const absl::string_view file_name = fuzz::TakeUntil('\x1f', &input);
  if (!file_name.empty()) first.set_identifier_value(std::string(file_name));
  std::int64_t size = 0;
  const bool announced = absl::SimpleAtoi(fuzz::TakeUntil('\x1f', &input), &size);
  if (announced) first.set_negative_int_value(size);
  auto body = server::MultipartBody::Create(Rules(), first);
  if (!body.ok()) {
    Check(absl::IsInvalidArgument(body.status()), "a bad upload is the caller's");
    return;
  }
  CheckPreamble(*body, file_name.empty() ? "file" : file_name);
  Check(body->size().has_value() == announced, "a size is told when it is known");
  Upload further;
  further.set_string_value(std::string(input));
  const auto piece = body->TakePiece(further);
  Check(piece.ok() == (!announced || static_cast<std::int64_t>(input.size()) <= size),
        "no more than was announced");
  if (!piece.ok() || !body->CheckComplete().ok()) return;
  Check(!announced ||
            *body->size() == body->preamble().size() + piece->size() + body->epilogue().size(),
        "the size is the body's");
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
