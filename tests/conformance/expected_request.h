// What the upstream must have been sent, and how a request that it was sent
// differs from that.
#ifndef FIREWORKS_TESTS_CONFORMANCE_EXPECTED_REQUEST_H_
#define FIREWORKS_TESTS_CONFORMANCE_EXPECTED_REQUEST_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/inventory.h"
#include "tests/conformance/value.h"
#include "tests/simulator/http_message.h"

namespace fireworks::conformance {

struct ExpectedRequest {
  std::string verb;
  std::string path;  // percent-encoded: all but RFC 3986's unreserved characters
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in any order
  simulator::Headers headers;         // besides those of HTTP itself
  std::optional<Json> body;           // JSON; nullopt: none
  std::vector<std::string> verbatim;  // texts that stand in the body byte by byte
  // A multipart/form-data body of one part instead, with these bytes.
  std::string part;
  std::string file_name;
  std::string file;
};

// What differs; empty when nothing does.
std::vector<std::string> Differences(const ExpectedRequest& expected,
                                     const simulator::HttpRequest& actual);

// The parameters of a query whose one value is `parameter`.
void AddQuery(const Value& parameter, std::vector<std::pair<std::string, std::string>>* query);

// The path of a template whose variables have these values, by field path.
std::string ExpandTemplate(const std::string& path_template,
                           const std::vector<std::pair<std::string, std::string>>& values);

// Field path and pattern of each variable: {"name", "accounts/*/models/*"}.
std::vector<std::pair<std::string, std::string>> VariablesOf(const std::string& path_template);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_EXPECTED_REQUEST_H_
