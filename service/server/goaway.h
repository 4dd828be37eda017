// Asks callers to go elsewhere, and turns nobody away.
//
// grpc::Server::Shutdown asks too, but from then on gRPC 1.51 drops each call that its
// caller had sent before it was asked: the caller sees CANCELLED, which it did not do and
// which no client repeats.
#ifndef FIREWORKS_SERVICE_SERVER_GOAWAY_H_
#define FIREWORKS_SERVICE_SERVER_GOAWAY_H_

#include "grpcpp/server.h"

namespace fireworks::server {

// Sends GOAWAY on each connection that stands and has not had one. Calls go on being
// served: those that run, and those that callers send until they have heard of it, which a
// ping tells; later ones are ignored, and clients send them elsewhere by themselves. A
// connection that carries no call any more is closed. Returns when all have been asked.
// Must not be called on one of gRPC's threads.
void SendGoaways(grpc::Server* server);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_GOAWAY_H_
