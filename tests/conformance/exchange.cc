#include "tests/conformance/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/field_mask.pb.h"
#include "tests/conformance/contract_shapes.h"
#include "tests/conformance/fill.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

// Keys beside the path that name a resource: there too `accounts/-` is the
// service's account.
constexpr const char* kReferences[] = {"name", "parent"};

const std::string& OurAccount() {
  static const auto* const name = new std::string(absl::StrCat("accounts/", kAccount));
  return *name;
}

}  // namespace

ExchangeMaker::ExchangeMaker(const Inventory& inventory, const Json& operation,
                             const Json* stream, const MethodDescriptor& method,
                             Populator* populator)
    : inventory_(inventory),
      operation_(operation),
      body_(operation.value("body", Json::object())),
      body_kind_(body_.value("kind", "")),
      stream_(stream),
      method_(method),
      populator_(*populator) {}

Exchange ExchangeMaker::Make(Extent extent) {
  extent_ = extent;
  Exchange exchange;
  exchange.expected.verb = operation_.at("verb");
  exchange.expected.headers.emplace_back(
      "accept", stream_ == nullptr ? "application/json" : "text/event-stream");
  NewRequest(&exchange);
  AddPath(&exchange);
  AddQueryOf(&exchange);
  if (body_kind_ == "whole") AddWholeBody(&exchange);
  if (body_kind_ == "field") AddResource(&exchange);
  if (body_kind_ == "multipart") AddUpload(&exchange);
  ++made_;
  return exchange;
}

Message* ExchangeMaker::NewRequest(Exchange* exchange) const {
  exchange->requests.emplace_back(
      MessageFactory::generated_factory()->GetPrototype(method_.input_type())->New());
  return exchange->requests.back().get();
}

// "accounts/*/models/*" -> a name with a segment of its own for each wildcard; in
// every second exchange the account is the service's.
std::string ExchangeMaker::NameLike(const std::string& pattern) {
  std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i] != "*") continue;
    const bool ours = made_ % 2 == 1 && i > 0 && segments[i - 1] == "accounts";
    segments[i] = ours ? kAccount : absl::StrCat("né ", populator_.Next(), "\"&=+;@$,'()");
  }
  return absl::StrJoin(segments, "/");
}

void ExchangeMaker::AddPath(Exchange* exchange) {
  const std::string path_template = operation_.at("template");
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [field_path, pattern] : VariablesOf(path_template)) {
    const std::string sent = NameLike(pattern);
    std::string given = sent;
    // Its own account is left to the service.
    absl::StrReplaceAll({{OurAccount(), "accounts/-"}}, &given);
    values.emplace_back(field_path, sent);
    // An upload's first message says where to.
    const std::string at =
        body_kind_ == "multipart" ? absl::StrCat("metadata.", field_path) : field_path;
    FillPath(at, given, exchange->requests[0].get(), &exchange->problems);
  }
  exchange->expected.path = ExpandTemplate(path_template, values);
}

void ExchangeMaker::AddQueryOf(Exchange* exchange) {
  for (const Json& parameter : operation_.at("query")) {
    if (extent_ != Extent::kEverything && !Is(parameter, "required")) continue;
    Value value = populator_.Make(parameter, Extent::kEverything, /*unknown_keys=*/false);
    value.key = parameter.at("key");
    FillField(inventory_, value, exchange->requests[0].get(), &exchange->problems);
    AddQuery(value, &exchange->expected.query);
  }
}

void ExchangeMaker::AddWholeBody(Exchange* exchange) {
  // The management API refuses keys that it does not know; so do we.
  const bool unknown_keys =
      operation_.at("api") == "inference" && extent_ == Extent::kEverything;
  const Json fact = {{"ref", body_.at("schema")}};
  Value value = populator_.Make(fact, extent_, unknown_keys);
  const Json* stream = inventory_.StreamOf(operation_.at("rpc"));
  // Whether to stream is said by the RPC.
  if (stream != nullptr) RemovePart(&value, stream->at("key"));
  Json body = Json::parse(ToJsonText(value, Direction::kRequest));
  for (const char* key : kReferences) {
    Value* reference = FindPart(&value, key);
    if (reference == nullptr) continue;
    reference->scalar = "accounts/-/things/1";
    body[key] = absl::StrCat(OurAccount(), "/things/1");
  }
  FillMessage(inventory_, value, exchange->requests[0].get(), &exchange->problems);
  if (stream != nullptr) body[stream->at("key").get<std::string>()] = stream_ != nullptr;
  exchange->expected.body = std::move(body);
  CollectVerbatim(value, Direction::kRequest, &exchange->expected.verbatim);
}

void ExchangeMaker::AddResource(Exchange* exchange) {
  const std::string name = body_.at("field");
  const Json fact = {{"ref", body_.at("schema")}};
  Message* request = exchange->requests[0].get();
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->message_type() == nullptr) {
    exchange->problems.push_back(absl::StrCat("no message field ", name));
    return;
  }
  const bool patch = operation_.at("verb") == "PATCH";
  Value value = populator_.Make(fact, extent_, /*unknown_keys=*/false);
  if (patch && extent_ != Extent::kEverything) value.parts.clear();
  for (const Json& key : body_.value("omits", Json::array())) RemovePart(&value, key);
  FillMessage(inventory_, value, request->GetReflection()->MutableMessage(request, field),
              &exchange->problems);
  Json body = Json::parse(ToJsonText(value, Direction::kRequest));
  if (patch) AddMask(inventory_.Resolve(fact).at("fields"), &body, exchange);
  exchange->expected.body = std::move(body);
  CollectVerbatim(value, Direction::kRequest, &exchange->expected.verbatim);
}

// Names every key of the resource in the mask: what only the upstream sets and
// what stands in the path is left out all the same, what is not set is null. Every
// second one is a full replacement instead.
void ExchangeMaker::AddMask(const Json& fields, Json* body, Exchange* exchange) {
  Message* request = exchange->requests[0].get();
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("update_mask");
  auto* mask = field == nullptr ? nullptr
                                : DynamicCastToGenerated<FieldMask>(
                                      request->GetReflection()->MutableMessage(request, field));
  if (mask == nullptr) return exchange->problems.push_back("no update_mask");
  if (made_ % 2 == 1) mask->add_paths("*");
  const Json omits = body_.value("omits", Json::array());
  for (const Json& fact : fields) {
    const std::string key = fact.at("key");
    if (made_ % 2 == 0) mask->add_paths(SnakeCase(key));
    const bool omitted = std::find(omits.begin(), omits.end(), key) != omits.end();
    if (!omitted && !Is(fact, "read_only") && !body->contains(key)) (*body)[key] = nullptr;
  }
}

void ExchangeMaker::AddUpload(Exchange* exchange) {
  ExpectedRequest& expected = exchange->expected;
  expected.part = body_.at("parts").at(0);
  expected.file_name = absl::StrCat("rows é ", populator_.Next(), ".jsonl");
  FillPath("metadata.filename", expected.file_name, exchange->requests[0].get(),
           &exchange->problems);
  for (const char* piece : {"{\"a\": 1}\n\r\n", "--\x01\xff\n", "end"}) {
    FillPath("data", piece, NewRequest(exchange), &exchange->problems);
    expected.file += piece;
  }
}

}  // namespace fireworks::conformance
