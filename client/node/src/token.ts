// The bearer token of calls, as an interceptor. grpc-js refuses call credentials on plaintext, and
// loopback is plaintext.
import * as grpc from "@grpc/grpc-js";

/** A token, or what tells it, asked for each call. Of printable ASCII: no newline at its end. */
export type Token = string | (() => string | Promise<string>);

export function bearer(token: Token): grpc.Interceptor {
  if (typeof token !== "string") return (options, nextCall) => authorizedLater(token, options, nextCall(options));
  const value = header(token);
  return (options, nextCall) =>
    new grpc.InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        metadata.set("authorization", value);
        next(metadata, listener);
      },
    });
}

// What grpc-js refuses it prints, so it must not get it.
function header(token: string): string {
  if (!/^[ -~]+$/.test(token)) throw new TypeError("the token is not printable ASCII");
  return `Bearer ${token}`;
}

// Beyond it setTimeout fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Call = ConstructorParameters<typeof grpc.InterceptingCall>[0];

// Until the token is there the call has not begun, so that grpc-js watches neither its deadline nor
// whether it is cancelled: both are watched here.
function authorizedLater(
  token: () => string | Promise<string>,
  { deadline }: grpc.CallOptions,
  call: Call,
): grpc.InterceptingCall {
  let waiting = true;
  let timer: NodeJS.Timeout | undefined;
  let cancelWaiting: () => void = () => undefined;
  return new grpc.InterceptingCall(call, {
    start(metadata, listener, next) {
      const settle = (then: () => void) => {
        if (!waiting) return;
        waiting = false;
        clearTimeout(timer);
        then();
      };
      const end = (code: grpc.status, details: string) =>
        settle(() => listener.onReceiveStatus({ code, details, metadata: new grpc.Metadata() }));
      cancelWaiting = () => end(grpc.status.CANCELLED, "Cancelled on client");
      const left = Number(deadline) - Date.now();
      if (left <= LONGEST_TIMER_MS) {
        timer = setTimeout(() => end(grpc.status.DEADLINE_EXCEEDED, "Deadline exceeded before there was a token"), left);
      }
      Promise.resolve()
        .then(token)
        .then(header)
        .then(
          (value) =>
            settle(() => {
              metadata.set("authorization", value);
              next(metadata, listener);
            }),
          (error: unknown) =>
            end(grpc.status.UNAUTHENTICATED, `no token: ${error instanceof Error ? error.message : String(error)}`),
        );
    },
    cancel(next) {
      if (waiting) cancelWaiting();
      else next();
    },
  });
}
