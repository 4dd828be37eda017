// The client: one channel, and every service of the contract on it.
import type {
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type * as grpc from "@grpc/grpc-js";
import { callClientStreaming, callServerStreaming, callUnary } from "./call.js";
import type { CallOptions, Requests } from "./call.js";
import { connect } from "./connection.js";
import type { ConnectOptions } from "./connection.js";
import { itemsOf, pagesOf } from "./pages.js";
import type { ItemOf, ListOptions } from "./pages.js";
import type { ServerStream } from "./server_stream.js";
import { uploadFile } from "./upload.js";
import type { Upload, UploadOptions } from "./upload.js";
import type { FileUploadResponse } from "./gen/gateway.js";
import { waitForResource } from "./wait.js";
import type { WaitOptions } from "./wait.js";

/** A generated service descriptor, such as `ChatCompletionService`. */
export type ServiceDescriptor = Omit<DescService, "method"> & { method: Record<string, unknown> };

/** The methods of a service. */
export type ServiceClient<S extends ServiceDescriptor> = {
  readonly [Name in keyof S["method"]]: S["method"][Name] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : S["method"][Name] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => ServerStream<MessageShape<O>>
      : S["method"][Name] extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: Requests<I>, options?: CallOptions) => Promise<MessageShape<O>>
        : never;
};

/**
 * A connection to the service. It connects when the first call is made, reconnects by itself, and is
 * meant to be shared: make one and keep it. Messages are plain objects: a request can be written
 * as a literal with the fields that matter. All failures of calls are FireworksErrors.
 */
export class FireworksClient implements AsyncDisposable {
  readonly #client: grpc.Client;

  private constructor(client: grpc.Client) {
    this.#client = client;
  }

  /** A client of the service at `options`, or at a target in plaintext. Nothing is sent yet. */
  static connect(options: ConnectOptions | string): FireworksClient {
    return new FireworksClient(connect(typeof options === "string" ? { target: options } : options));
  }

  /** The methods of a service of the contract: `client.service(ModelService).getModel({ name })`. */
  service<S extends ServiceDescriptor>(descriptor: S): ServiceClient<S> {
    const methods: Record<string, unknown> = {};
    for (const method of (descriptor as unknown as DescService).methods) {
      switch (method.methodKind) {
        case "unary":
          methods[method.localName] = (request: Record<string, unknown>, options?: CallOptions) =>
            callUnary(this.#client, method, request, options);
          break;
        case "server_streaming":
          methods[method.localName] = (request: Record<string, unknown>, options?: CallOptions) =>
            callServerStreaming(this.#client, method, request, options);
          break;
        case "client_streaming":
          methods[method.localName] = (requests: Requests<typeof method.input>, options?: CallOptions) =>
            callClientStreaming(this.#client, method, requests, options);
          break;
        case "bidi_streaming":
          throw new TypeError(`${method.toString()}: streams in both directions are not part of the contract`);
      }
    }
    return methods as ServiceClient<S>;
  }

  /**
   * The items of all pages of a List method, one after the other; pages are asked for as they are
   * needed: `client.list(ModelService.method.listModels, { parent: "accounts/fireworks" })`.
   */
  list<M extends DescMethodUnary>(
    method: M,
    request: MessageInitShape<M["input"]>,
    options?: ListOptions,
  ): AsyncGenerator<ItemOf<MessageShape<M["output"]>>, void, void> {
    return itemsOf(this.#client, method, request, options);
  }

  /** The pages themselves of a List method. */
  pages<M extends DescMethodUnary>(
    method: M,
    request: MessageInitShape<M["input"]>,
    options?: CallOptions,
  ): AsyncGenerator<MessageShape<M["output"]>, void, void> {
    return pagesOf(this.#client, method, request, options);
  }

  /**
   * Asks a Get method until the resource's `state` is final. Answers the resource; throws a
   * FailedStateError when it ended badly.
   */
  wait<M extends DescMethodUnary>(
    method: M,
    request: MessageInitShape<M["input"]>,
    options?: WaitOptions<MessageShape<M["output"]>>,
  ): Promise<MessageShape<M["output"]>> {
    return waitForResource(this.#client, method, request, options);
  }

  /** Uploads a file of at most 150 MB to a dataset, in pieces; it is never all in memory. */
  uploadDatasetFile(upload: Upload, options?: UploadOptions): Promise<FileUploadResponse> {
    return uploadFile(this.#client, upload, options);
  }

  /** Ends the connection when running calls are done. New ones fail. */
  close(): void {
    this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
