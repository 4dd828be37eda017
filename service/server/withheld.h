// What of an answer is not for every caller who may have the rest.
#ifndef FIREWORKS_SERVICE_SERVER_WITHHELD_H_
#define FIREWORKS_SERVICE_SERVER_WITHHELD_H_

#include "google/protobuf/message.h"
#include "service/contract/marked_fields.h"

namespace fireworks::server {

// Clears the fields `secrets` (SensitiveFields of its type) of `answer`, also where
// their values did not fit and stand in `extra_json`.
void WithholdSecrets(const contract::MarkedFields& secrets, google::protobuf::Message* answer);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_WITHHELD_H_
