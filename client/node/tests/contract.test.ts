// The whole contract is in the package, and the face fits all of it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { FireworksClient } from "fireworks-grpc";
import * as gateway from "fireworks-grpc/gateway";
import * as inference from "fireworks-grpc/inference";
import * as service from "fireworks-grpc/service";
import { itemField } from "#internal/pages.js";

function services(...modules: object[]): DescService[] {
  const exported = modules.flatMap((module) => Object.values(module) as unknown[]);
  return exported.filter((value): value is DescService => (value as { kind?: unknown } | undefined)?.kind === "service");
}

test("every operation of the upstream can be called, and the service's own", () => {
  const client = FireworksClient.connect("127.0.0.1:1");
  const methods = services(gateway, inference, service).flatMap((descriptor) => {
    const methods = client.service(descriptor as never) as Record<string, unknown>;
    assert.deepEqual(Object.keys(methods), descriptor.methods.map(({ localName }) => localName));
    return descriptor.methods;
  });
  client.close();
  const upstream = JSON.parse(readFileSync(new URL("../../../../protos/inventory/upstream.json", import.meta.url), "utf8")) as {
    operations: unknown[];
  };
  // A stream and its unary twin are one operation.
  const streams = methods.filter(({ methodKind }) => methodKind === "server_streaming");
  const own = methods.filter(({ parent }) => parent.file.proto.package === "fireworks.service.v1");
  assert.equal(methods.length - streams.length - own.length, upstream.operations.length);
  assert.equal(own.length, 1);
});

test("every List method has one field of items", () => {
  const lists = services(gateway, inference)
    .flatMap(({ methods }) => methods)
    .filter(({ name }) => name.startsWith("List"));
  assert.ok(lists.length > 30, `${lists.length} List methods`);
  const others = lists.filter((method) => {
    try {
      return itemField(method as DescMethodUnary).localName === "";
    } catch {
      return true;
    }
  });
  // It answers limits and their history at once, without pages.
  assert.deepEqual(others.map(({ name }) => name), ["ListAccountServerlessRateLimits"]);
});

test("CommonJS and ECMAScript modules export the same", async () => {
  const require = createRequire(import.meta.url);
  const { exports } = JSON.parse(readFileSync(require.resolve("fireworks-grpc/package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  for (const path of Object.keys(exports).filter((key) => key !== "./package.json")) {
    const name = path.replace(/^\./, "fireworks-grpc");
    const esm = Object.keys((await import(name)) as object).sort();
    const cjs = Object.keys(require(name) as object).sort();
    assert.deepEqual(cjs, esm, name);
    assert.ok(esm.length > 0, name);
  }
});
