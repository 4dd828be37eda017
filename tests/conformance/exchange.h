// One call of an operation: the messages that a caller sends, and what the
// upstream must get because of them. Both are made from the same values, on two
// ways that meet only there.
#ifndef FIREWORKS_TESTS_CONFORMANCE_EXCHANGE_H_
#define FIREWORKS_TESTS_CONFORMANCE_EXCHANGE_H_

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tests/conformance/expected_request.h"
#include "tests/conformance/inventory.h"
#include "tests/conformance/population.h"

namespace fireworks::conformance {

// The account that the service is configured with.
inline constexpr char kAccount[] = "conformance-account";

struct Exchange {
  std::vector<std::unique_ptr<google::protobuf::Message>> requests;
  ExpectedRequest expected;
  // Why the messages could not be made; empty when they could.
  std::vector<std::string> problems;
};

// Makes exchanges of one operation, one after the other; unions take turns.
class ExchangeMaker {
 public:
  // `stream`: the stream of the operation to call instead of it; null: none.
  // Everything outlives the maker.
  ExchangeMaker(const Inventory& inventory, const Json& operation, const Json* stream,
                const google::protobuf::MethodDescriptor& method, Populator* populator);

  // kEverything or kRequired. With kRequired a PATCH clears: its mask names every
  // key, and none is set.
  Exchange Make(Extent extent);

 private:
  void AddPath(Exchange* exchange);
  void AddQueryOf(Exchange* exchange);
  void AddWholeBody(Exchange* exchange);
  void AddResource(Exchange* exchange);
  void AddMask(const Json& fields, Json* body, Exchange* exchange);
  void AddUpload(Exchange* exchange);
  google::protobuf::Message* NewRequest(Exchange* exchange) const;
  std::string NameLike(const std::string& pattern);

  const Inventory& inventory_;
  const Json& operation_;
  const Json body_;
  const std::string body_kind_;
  const Json* const stream_;
  const google::protobuf::MethodDescriptor& method_;
  Populator& populator_;
  Extent extent_ = Extent::kEverything;
  int made_ = 0;
};

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_EXCHANGE_H_
