// What errors of the service carry besides google.rpc's details: `fireworks.errors.v1`.
export * from "./gen/errors.js";
