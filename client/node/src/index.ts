// What users of the package see, beside the contract itself, which stands in
// `fireworks-grpc/inference`, `/gateway`, `/service` and `/errors`.
export { create, fromJson, isMessage, toJson } from "@bufbuild/protobuf";
export { Metadata, status } from "@grpc/grpc-js";
export type { CallOptions, Requests } from "./call.js";
export {
  assistantMessage,
  functionOf,
  functionTool,
  jsonSchemaFormat,
  systemMessage,
  textOf,
  toolMessage,
  userMessage,
} from "./chat.js";
export { ChatAccumulator, accumulateChat } from "./chat_accumulator.js";
export { FireworksClient } from "./client.js";
export type { ServiceClient, ServiceDescriptor } from "./client.js";
export type { ConnectOptions, TlsOptions } from "./connection.js";
export { FireworksError } from "./error.js";
export type { FieldViolation, StatusName } from "./error.js";
export { SERVICE_CONFIG } from "./gen/service_config.js";
export type { MetadataInit, TokenCounts } from "./metadata.js";
export type { ItemOf, ListOptions } from "./pages.js";
export { ServerStream } from "./server_stream.js";
export type { Token } from "./token.js";
export type { Upload, UploadOptions } from "./upload.js";
export { FailedStateError } from "./wait.js";
export type { WaitOptions } from "./wait.js";
