// The management API: messages, schemas and services of `fireworks.gateway.v1`.
export * from "./gen/gateway.js";
