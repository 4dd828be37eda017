// Percent-encoding of URL parts (RFC 3986 §2.1). Stateless; any thread.
#ifndef FIREWORKS_SERVICE_CONTRACT_PERCENT_ENCODING_H_
#define FIREWORKS_SERVICE_CONTRACT_PERCENT_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::contract {

// Appends `bytes` to `out` with every byte but the unreserved ones (RFC 3986
// §2.3) encoded, so that the result is safe in a path segment and in a query.
void AppendPercentEncoded(absl::string_view bytes, std::string* out);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_PERCENT_ENCODING_H_
