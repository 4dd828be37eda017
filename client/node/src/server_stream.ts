// The answer of a server-streaming call, as the language iterates.
import type * as grpc from "@grpc/grpc-js";
import type { FireworksError } from "./error.js";
import { firstText, tokenCounts } from "./metadata.js";
import type { TokenCounts } from "./metadata.js";

interface Observer {
  onLeading: ((leading: grpc.Metadata) => void) | undefined;
  onTrailing: (trailing: grpc.Metadata) => void;
  failure: (error: unknown) => FireworksError;
}

/**
 * Messages as they arrive. `for await` reads them; the call is cancelled, which stops the generation
 * and its billing, when the loop is left early, by `break`, `return` or an error, and by `await
 * using`. When the call fails, the iteration throws a FireworksError after the last message; when it
 * ends without one, the status was OK.
 *
 * A stream that is not read holds the service back, not memory. It can be iterated once.
 */
export class ServerStream<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #call: grpc.ClientReadableStream<T>;
  readonly #failure: (error: unknown) => FireworksError;
  #leading?: grpc.Metadata;
  #status?: grpc.StatusObject;
  #error?: unknown;
  #returned = false;
  #wake: () => void = () => undefined;
  // Readers wait for each other, so that concurrent next() calls get different messages in order.
  #tail: Promise<unknown> = Promise.resolve();

  /** @internal Use a method of a service. */
  constructor(call: grpc.ClientReadableStream<T>, observer: Observer) {
    this.#call = call;
    this.#failure = observer.failure;
    call.on("metadata", (leading) => {
      this.#leading = leading;
      observer.onLeading?.(leading);
    });
    // From the beginning: the call may fail before anyone iterates.
    call.on("error", (error) => {
      this.#error = error;
    });
    call.on("status", (status) => {
      this.#status = status;
      observer.onTrailing(status.metadata);
      this.#wake();
    });
    call.on("readable", () => this.#wake());
  }

  /** Leading metadata. Undefined before the first message, and when the call failed at once. */
  get leading(): grpc.Metadata | undefined {
    return this.#leading;
  }

  /** Trailing metadata. Undefined until the stream has ended. */
  get trailing(): grpc.Metadata | undefined {
    return this.#status?.metadata;
  }

  /** The request's id, to be looked for in the service's log. Undefined until the stream has ended. */
  get requestId(): string | undefined {
    return firstText(this.trailing, "x-request-id");
  }

  /** Token counts, when the service knows them. Undefined until the stream has ended. */
  get tokenCounts(): TokenCounts | undefined {
    return tokenCounts(this.trailing);
  }

  /** Cancels the call. Reading on, one gets what had arrived, then a FireworksError with CANCELLED. */
  cancel(): void {
    this.#call.cancel();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#tail.then(() => this.#read());
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Cancels the call and ends the iteration: what `break` does. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#returned = true;
    this.#call.cancel();
    this.#wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #read(): Promise<IteratorResult<T, undefined>> {
    while (!this.#returned) {
      const message = this.#call.read() as T | null;
      if (message !== null) return { done: false, value: message };
      if (this.#status) {
        if (this.#error === undefined) break;
        const error = this.#failure(this.#error);
        this.#returned = true;
        throw error;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: true, value: undefined };
  }
}
