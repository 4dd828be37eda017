// What libcurl's result codes mean for an exchange.
#ifndef FIREWORKS_SERVICE_UPSTREAM_CURL_RESULT_H_
#define FIREWORKS_SERVICE_UPSTREAM_CURL_RESULT_H_

#include <curl/curl.h>

#include "service/upstream/exchange.h"

namespace fireworks::upstream {

// How an exchange ended that libcurl ended with `result`. `request_sent` says
// whether any byte of the request may have left: a connection that breaks
// before that has failed to come about.
End EndOfResult(CURLcode result, bool request_sent);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_CURL_RESULT_H_
