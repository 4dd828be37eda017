// The inference API: messages, schemas and services of `fireworks.inference.v1`.
export * from "./gen/inference.js";
