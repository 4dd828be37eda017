#include "service/upstream/request_headers.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fireworks::upstream {
namespace {

// libcurl asks the peer to wait ("100-continue") above 1 MiB of body, which
// costs a round trip; a name without a value keeps it from doing so.
constexpr char kNoExpect[] = "Expect:";
// And this keeps it from calling a body a form when the request does not say.
constexpr char kNoContentType[] = "Content-Type:";

// Framing, routing and hop-by-hop headers (RFC 9110 §7.6.1) belong to the client.
constexpr absl::string_view kReserved[] = {
    "connection", "content-length", "expect",            "host",    "keep-alive",
    "te",         "trailer",        "transfer-encoding", "upgrade",
};

// RFC 9110 §5.6.2.
bool IsToken(absl::string_view text) {
  for (const char byte : text) {
    if (!absl::ascii_isalnum(byte) && !absl::StrContains("!#$%&'*+-.^_`|~", byte)) return false;
  }
  return !text.empty();
}

bool HasControlByte(absl::string_view text) {
  for (const char byte : text) {
    if (absl::ascii_iscntrl(byte)) return true;
  }
  return false;
}

bool IsReserved(absl::string_view name) {
  for (const absl::string_view reserved : kReserved) {
    if (absl::EqualsIgnoreCase(name, reserved)) return true;
  }
  return absl::StartsWithIgnoreCase(name, "proxy-");
}

bool IsTarget(absl::string_view target) {
  if (!absl::StartsWith(target, "/")) return false;
  for (const char byte : target) {
    if (!absl::ascii_isgraph(byte) || byte == '#') return false;
  }
  return true;
}

// libcurl takes "name;" for a header that is there and empty, and "name:", with
// or without blanks, for one to leave out.
std::string Line(const Header& header) {
  if (absl::StripAsciiWhitespace(header.value).empty()) return absl::StrCat(header.name, ";");
  return absl::StrCat(header.name, ": ", header.value);
}

}  // namespace

absl::Status CheckRequest(const Request& request) {
  if (!IsToken(request.method)) return absl::InvalidArgumentError("invalid method");
  if (!IsTarget(request.target)) return absl::InvalidArgumentError("invalid target");
  for (const Header& header : request.headers) {
    if (!IsToken(header.name)) return absl::InvalidArgumentError("invalid header name");
    if (IsReserved(header.name) || HasControlByte(header.value)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid header ", header.name));
    }
  }
  return absl::OkStatus();
}

CommonHeaders::CommonHeaders(const Secret& api_key)
    : key_(api_key.empty() ? nullptr : std::make_shared<ApiKey>(api_key)) {
  // libcurl never writes to a list that it is given (CURLOPT_HTTPHEADER).
  expect_node_.data = const_cast<char*>(kNoExpect);
}

RequestHeaders::RequestHeaders(const Request& request, const CommonHeaders& common) {
  bool has_authorization = false;
  bool has_content_type = false;
  lines_.reserve(request.headers.size() + 1);
  for (const Header& header : request.headers) {
    lines_.push_back(Line(header));
    has_authorization |= absl::EqualsIgnoreCase(header.name, "authorization");
    has_content_type |= absl::EqualsIgnoreCase(header.name, "content-type");
  }
  if (!has_content_type) lines_.emplace_back(kNoContentType);
  if (!has_authorization) key_ = request.key != nullptr ? request.key : common.key_;

  nodes_.resize(lines_.size() + (key_ != nullptr ? 1 : 0));
  for (std::size_t i = 0; i < lines_.size(); ++i) nodes_[i].data = lines_[i].data();
  if (key_ != nullptr) {
    nodes_.back().data = const_cast<char*>(key_->authorization_line().Reveal().c_str());
  }
  for (std::size_t i = 1; i < nodes_.size(); ++i) nodes_[i - 1].next = &nodes_[i];
  nodes_.back().next = const_cast<curl_slist*>(&common.expect_node_);
  list_ = nodes_.data();
}

}  // namespace fireworks::upstream
