// What the ends of an exchange mean to the caller, where upstream itself said
// nothing. docs/errors.md has the table.
#ifndef FIREWORKS_SERVICE_SERVER_EXCHANGE_ERROR_H_
#define FIREWORKS_SERVICE_SERVER_EXCHANGE_ERROR_H_

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/server/error.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// The error of an end that means the same for every call; nullopt for those
// whose meaning depends on what had arrived (complete, reset, idle, protocol).
absl::optional<Error> ExchangeError(const upstream::Outcome& outcome);

// The whole call took too long: the caller's own deadline, or our limit.
Error DeadlineError(bool callers_own);

// The exchange broke before upstream answered.
Error NoAnswer(const upstream::Outcome& outcome);

// A unary answer broke off. What is safe to repeat is UNAVAILABLE.
Error BodyTruncated(bool safe_to_repeat, const upstream::Outcome& outcome);

// A success in another form than asked for.
Error UnexpectedContentType(const upstream::ResponseHead& head, absl::string_view wanted,
                            absl::string_view body);
Error UnexpectedEncoding(const upstream::ResponseHead& head);
Error EmptyBody(int http_status);
// `decoded` is json::Decode's status.
Error MalformedBody(const absl::Status& decoded);
Error MalformedEvent(const absl::Status& decoded);

// The caller cancelled, or is gone.
Error CancelledError();
// It is there, but does not read.
Error SlowReader();
// It sends nothing more of its upload, for longer than `limit`.
Error IdleUpload(std::chrono::milliseconds limit);
// The service runs as many calls as it may.
Error Overloaded();

// The model's own word.
Error GenerationFailed();
Error GenerationCancelled();

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_EXCHANGE_ERROR_H_
