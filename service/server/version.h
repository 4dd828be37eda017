// The version of the service, as in CHANGELOG.md: the one place in the code that says it.
#ifndef FIREWORKS_SERVICE_SERVER_VERSION_H_
#define FIREWORKS_SERVICE_SERVER_VERSION_H_

namespace fireworks::server {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_VERSION_H_
