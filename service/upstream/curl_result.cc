#include "service/upstream/curl_result.h"

namespace fireworks::upstream {
namespace {

struct Row {
  CURLcode result;
  End end;
};

// Results that are not listed can only come of a broken answer.
constexpr Row kRows[] = {
    {CURLE_OK, End::kComplete},
    // No connection came about.
    {CURLE_FAILED_INIT, End::kConnectFailed},
    {CURLE_OUT_OF_MEMORY, End::kConnectFailed},
    {CURLE_COULDNT_RESOLVE_PROXY, End::kConnectFailed},
    {CURLE_COULDNT_RESOLVE_HOST, End::kConnectFailed},
    {CURLE_COULDNT_CONNECT, End::kConnectFailed},
    {CURLE_INTERFACE_FAILED, End::kConnectFailed},
    {CURLE_NO_CONNECTION_AVAILABLE, End::kConnectFailed},
    {CURLE_PROXY, End::kConnectFailed},
    {CURLE_SSL_CONNECT_ERROR, End::kConnectFailed},
    {CURLE_SSL_ENGINE_NOTFOUND, End::kConnectFailed},
    {CURLE_SSL_ENGINE_SETFAILED, End::kConnectFailed},
    {CURLE_SSL_ENGINE_INITFAILED, End::kConnectFailed},
    {CURLE_SSL_CERTPROBLEM, End::kConnectFailed},
    {CURLE_SSL_CIPHER, End::kConnectFailed},
    {CURLE_PEER_FAILED_VERIFICATION, End::kConnectFailed},
    {CURLE_SSL_CACERT_BADFILE, End::kConnectFailed},
    {CURLE_SSL_CRL_BADFILE, End::kConnectFailed},
    {CURLE_SSL_ISSUER_ERROR, End::kConnectFailed},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, End::kConnectFailed},
    {CURLE_SSL_INVALIDCERTSTATUS, End::kConnectFailed},
    {CURLE_SSL_CLIENTCERT, End::kConnectFailed},
    {CURLE_SSL_SHUTDOWN_FAILED, End::kConnectFailed},
    // The connect limit is the only time limit that libcurl is given.
    {CURLE_OPERATION_TIMEDOUT, End::kConnectTimeout},
    // The connection, or the HTTP/2 stream, broke.
    {CURLE_PARTIAL_FILE, End::kReset},
    {CURLE_GOT_NOTHING, End::kReset},
    {CURLE_SEND_ERROR, End::kReset},
    {CURLE_RECV_ERROR, End::kReset},
    {CURLE_HTTP2_STREAM, End::kReset},
    // libcurl would have sent the request again, which it must not.
    {CURLE_SEND_FAIL_REWIND, End::kReset},
    {CURLE_ABORTED_BY_CALLBACK, End::kReset},
    // libcurl's own caps on a head, when one line passes them.
    {CURLE_TOO_LARGE, End::kHeadersTooLarge},
};

}  // namespace

End EndOfResult(CURLcode result, bool request_sent) {
  End end = End::kProtocol;
  for (const Row& row : kRows) {
    if (row.result == result) end = row.end;
  }
  if (end == End::kReset && !request_sent) return End::kConnectFailed;
  return end;
}

}  // namespace fireworks::upstream
