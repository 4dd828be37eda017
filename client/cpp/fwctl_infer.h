// `fwctl complete`, `embed` and `rerank`: one inference call each.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_INFER_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_INFER_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command CompleteCommand();
Command EmbedCommand();
Command RerankCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_INFER_H_
