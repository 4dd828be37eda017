// Which fields of a stream's messages the service itself reads. A message that has none
// of them is handed on as it comes.
#ifndef FIREWORKS_SERVICE_SERVER_WATCHED_FIELDS_H_
#define FIREWORKS_SERVICE_SERVER_WATCHED_FIELDS_H_

#include "absl/types/optional.h"
#include "service/contract/route.h"
#include "service/json/field_watch.h"
#include "service/server/trace_fields.h"

namespace fireworks::server {

// Those that tell how the stream of `route` ends, what was used, and what `trace` keeps
// of each message; of a trace, not what it keeps of the first message that has it. None
// when each message has to be read.
absl::optional<json::FieldWatch> WatchedFields(const contract::Route& route,
                                               const TraceFields& trace);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_WATCHED_FIELDS_H_
