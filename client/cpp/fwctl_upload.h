// `fwctl datasets upload`: a file into a dataset.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_UPLOAD_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_UPLOAD_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command UploadCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_UPLOAD_H_
