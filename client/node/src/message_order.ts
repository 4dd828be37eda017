// Messages before the status. When a stream fails, grpc-js hands the status on as soon as it comes,
// and drops the messages that came before it and were not read yet (grpc/grpc-node issue 2764). The
// service delivers what it has before it says how a stream ended, and this project's clients show
// that: here the trailers of a call of this contract wait until its messages have been handed on.
//
// This reaches into grpc-js, because there is nowhere else to stand; package.json holds grpc-js to
// the minor version that it was tested with. Calls of other contracts in the same process are left
// alone, and so are all calls if grpc-js has changed inside.
import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { Http2SubchannelCall } from "@grpc/grpc-js/build/src/subchannel-call.js";

/** What of a call inside grpc-js is used here. */
interface TransportCall {
  http2Stream: ClientHttp2Stream;
  unpushedReadMessages: Buffer[];
  isPushPending: boolean;
  isReadFilterPending: boolean;
  handleTrailers: (this: TransportCall, trailers: IncomingHttpHeaders) => void;
  maybeOutputStatus: (this: TransportCall) => void;
  endCall: (this: TransportCall, status: object) => void;
}

const PATH = /^\/fireworks\./;

function isOfContract(call: TransportCall): boolean {
  return PATH.test(String(call.http2Stream.sentHeaders?.[":path"]));
}

function hasMessages(call: TransportCall): boolean {
  return (
    call.http2Stream.readableLength > 0 ||
    call.unpushedReadMessages.length > 0 ||
    call.isPushPending ||
    call.isReadFilterPending
  );
}

function keepMessageOrder(prototype: TransportCall): void {
  const { handleTrailers, maybeOutputStatus, endCall } = prototype;
  if (![handleTrailers, maybeOutputStatus, endCall].every((method) => typeof method === "function")) return;
  const waiting = new WeakMap<TransportCall, IncomingHttpHeaders>();

  /** Ends the call as its trailers say, if they wait. */
  const release = (call: TransportCall): boolean => {
    const trailers = waiting.get(call);
    if (trailers === undefined) return false;
    waiting.delete(call);
    handleTrailers.call(call, trailers);
    return true;
  };

  prototype.handleTrailers = function (trailers) {
    if (isOfContract(this) && hasMessages(this)) waiting.set(this, trailers);
    else handleTrailers.call(this, trailers);
  };
  // grpc-js calls this after each message, and at the end of all.
  prototype.maybeOutputStatus = function () {
    if (hasMessages(this) || !release(this)) maybeOutputStatus.call(this);
  };
  // The connection broke, or the caller gave up: what the service said stays the truth.
  prototype.endCall = function (status) {
    if (!release(this)) endCall.call(this, status);
  };
}

keepMessageOrder(Http2SubchannelCall.prototype as unknown as TransportCall);
