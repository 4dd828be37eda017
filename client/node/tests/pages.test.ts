import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { FireworksError, status } from "fireworks-grpc";
import { ListModelsRequestSchema, ModelService } from "fireworks-grpc/gateway";
import type { ListModelsRequest } from "fireworks-grpc/gateway";
import * as inference from "fireworks-grpc/inference";
import type { ListResponsesRequest } from "fireworks-grpc/inference";
import { FakeService, answers, failure } from "./fake_service.js";

const PAGES: Record<string, object> = {
  "": { models: [{ name: "a" }, { name: "b" }], nextPageToken: "2" },
  "2": { models: [], nextPageToken: "3" },
  "3": { models: [{ name: "c" }] },
};

/** A service of PAGES, and the requests that it got. */
async function servePages(): Promise<{ fake: FakeService; requests: ListModelsRequest[] }> {
  const requests: ListModelsRequest[] = [];
  const fake = await FakeService.start(ModelService, {
    listModels: answers((call) => {
      const request = call.request as ListModelsRequest;
      requests.push(request);
      return PAGES[request.pageToken] ?? {};
    }),
  });
  return { fake, requests };
}

test("the items of all pages are one sequence; an empty page does not end it", async () => {
  const { fake, requests } = await servePages();
  await using _ = fake;
  await using client = fake.connect();
  const request = create(ListModelsRequestSchema, { parent: "accounts/a", pageSize: 2 });
  const names: string[] = [];
  for await (const model of client.list(ModelService.method.listModels, request)) names.push(model.name);
  assert.deepEqual(names, ["a", "b", "c"]);
  assert.deepEqual(requests.map(({ pageToken }) => pageToken), ["", "2", "3"]);
  assert.ok(requests.every(({ parent, pageSize }) => parent === "accounts/a" && pageSize === 2));
  assert.equal(request.pageToken, "");
});

test("a limit, and a break, ask for no further page", async () => {
  const { fake, requests } = await servePages();
  await using _ = fake;
  await using client = fake.connect();
  const names: string[] = [];
  const list = () => client.list(ModelService.method.listModels, { parent: "accounts/a" }, { limit: 2 });
  for await (const model of list()) names.push(model.name);
  for await (const model of list()) {
    names.push(model.name);
    break;
  }
  assert.deepEqual(names, ["a", "b", "a"]);
  assert.equal(requests.length, 2);
  for await (const model of client.list(ModelService.method.listModels, {}, { limit: 0 })) assert.fail(model.name);
  assert.equal(requests.length, 2);
});

test("pages can be had as they are", async () => {
  const { fake } = await servePages();
  await using _ = fake;
  await using client = fake.connect();
  const sizes: number[] = [];
  for await (const page of client.pages(ModelService.method.listModels, { parent: "accounts/a" })) sizes.push(page.models.length);
  assert.deepEqual(sizes, [2, 0, 1]);
});

test("stored responses page by their ids", async () => {
  const after: unknown[] = [];
  await using fake = await FakeService.start(inference.ResponseService, {
    listResponses: answers((call) => {
      const request = call.request as ListResponsesRequest;
      after.push(request.after);
      return request.after === undefined
        ? { data: [{ id: "r1" }, { id: "r2" }], hasMore: true, lastId: "r2" }
        : { data: [{ id: "r3" }], hasMore: false, lastId: "r3" };
    }),
  });
  await using client = fake.connect();
  const ids: unknown[] = [];
  for await (const response of client.list(inference.ResponseService.method.listResponses, {})) ids.push(response.id);
  assert.deepEqual(ids, ["r1", "r2", "r3"]);
  assert.deepEqual(after, [undefined, "r2"]);
});

test("an error between pages comes after the items before it", async () => {
  await using fake = await FakeService.start(ModelService, {
    listModels: answers((call) => {
      if ((call.request as ListModelsRequest).pageToken === "2") throw failure(status.PERMISSION_DENIED, "no");
      return PAGES[""];
    }),
  });
  await using client = fake.connect();
  const names: string[] = [];
  await assert.rejects(async () => {
    for await (const model of client.list(ModelService.method.listModels, {})) names.push(model.name);
  }, (error: FireworksError) => error.code === status.PERMISSION_DENIED);
  assert.deepEqual(names, ["a", "b"]);
});

test("a page whose token names the page itself ends the list with an error", { timeout: 10_000 }, async () => {
  let calls = 0;
  await using fake = await FakeService.start(ModelService, {
    listModels: answers(() => ({ models: [{ name: String(calls++) }], nextPageToken: "2" })),
  });
  await using client = fake.connect();
  const names: string[] = [];
  await assert.rejects(async () => {
    for await (const model of client.list(ModelService.method.listModels, {}, { limit: 5 })) names.push(model.name);
  }, (error: FireworksError) => error.code === status.INTERNAL && error.details.includes("goes round"));
  assert.deepEqual(names, ["0"]);
  assert.equal(calls, 2);
});
