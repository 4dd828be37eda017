// What the service itself answers, such as ExplainService, and its configuration: `fireworks.service.v1`.
export * from "./gen/service.js";
