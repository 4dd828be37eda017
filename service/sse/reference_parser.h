// The event-stream rules of WHATWG HTML 9.2.6 followed word by word over a
// whole text: slow, without pieces, without views, and sharing no code with the
// parser it is the measure of.
#ifndef FIREWORKS_SERVICE_SSE_REFERENCE_PARSER_H_
#define FIREWORKS_SERVICE_SSE_REFERENCE_PARSER_H_

#include <string>

#include "service/sse/parser.h"
#include "service/sse/record.h"

namespace fireworks::sse {

// What a stream of exactly `text` gives.
Record ReferenceParse(const std::string& text, const Limits& limits = {});

}  // namespace fireworks::sse

#endif  // FIREWORKS_SERVICE_SSE_REFERENCE_PARSER_H_
