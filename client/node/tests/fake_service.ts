// A service in the test's own process: grpc-js serves what a test scripts, on a port of its own.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, DescMethod, DescService, Message, MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import type { ConnectOptions, ServiceDescriptor } from "fireworks-grpc";
import { FireworksClient } from "fireworks-grpc";
import { StatusSchema } from "#internal/gen/google/rpc/status_pb.js";

/** By the method's name in TypeScript, what grpc-js calls; messages are decoded. */
export type Handlers = Record<string, grpc.UntypedHandleCall>;

/** A handler of a unary method: the request, and what it throws as the status. */
export function answers(handler: (call: grpc.ServerUnaryCall<never, object>) => object): grpc.UntypedHandleCall {
  return ((call: grpc.ServerUnaryCall<never, object>, callback: grpc.sendUnaryData<object>) => {
    try {
      callback(null, handler(call));
    } catch (error) {
      callback(error as Partial<grpc.ServiceError>);
    }
  }) as grpc.UntypedHandleCall;
}

/** A status with details, as a handler throws it or a stream ends with it. */
export function failure(code: grpc.status, details: string, attached: readonly Message[] = [], schemas: readonly DescMessage[] = []) {
  const metadata = new grpc.Metadata();
  if (attached.length > 0) {
    const status = create(StatusSchema, {
      code,
      message: details,
      details: attached.map((message, i) => anyPack(schemas[i], message)),
    });
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  }
  return Object.assign(new Error(details), { code, details, metadata });
}

function definition(service: DescService, method: DescMethod): grpc.MethodDefinition<object, object> {
  const serializer = (schema: DescMessage) => (init: object) =>
    Buffer.from(toBinary(schema, create(schema, init as MessageInitShape<typeof schema>)));
  return {
    path: `/${service.typeName}/${method.name}`,
    requestStream: method.methodKind === "client_streaming",
    responseStream: method.methodKind === "server_streaming",
    requestSerialize: serializer(method.input),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: serializer(method.output),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

export class FakeService {
  readonly #server = new grpc.Server();
  #port = 0;

  /** Serves `handlers` as methods of `descriptor`. */
  static async start(descriptor: ServiceDescriptor, handlers: Handlers): Promise<FakeService> {
    const fake = new FakeService();
    const service = descriptor as unknown as DescService;
    const definitions: Record<string, grpc.MethodDefinition<object, object>> = {};
    for (const method of service.methods) definitions[method.localName] = definition(service, method);
    fake.#server.addService(definitions, handlers);
    fake.#port = await new Promise<number>((resolve, reject) => {
      fake.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
    return fake;
  }

  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  connect(options: Partial<ConnectOptions> = {}): FireworksClient {
    return FireworksClient.connect({ target: this.target, ...options });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }
}

/** A promise, and what settles it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
