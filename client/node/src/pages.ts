// Lists as one sequence. How a method pages is read off its descriptors.
import { clone, create } from "@bufbuild/protobuf";
import type { DescField, DescMethodUnary, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import * as grpc from "@grpc/grpc-js";
import { callUnary } from "./call.js";
import type { CallOptions } from "./call.js";
import { FireworksError } from "./error.js";

/** The type of the entries of a page: the element of its one list of messages. */
export type ItemOf<Page> = {
  [Key in keyof Page]-?: Page[Key] extends (infer Item)[] ? (Item extends Message ? Item : never) : never;
}[keyof Page];

/** What a caller may say about a list. `timeoutMs` is each page's. */
export interface ListOptions extends CallOptions {
  /** Stop after so many items. Unset: all. */
  limit?: number;
}

export async function* itemsOf<M extends DescMethodUnary>(
  client: grpc.Client,
  method: M,
  request: MessageInitShape<M["input"]>,
  options: ListOptions = {},
): AsyncGenerator<ItemOf<MessageShape<M["output"]>>, void, void> {
  const items = itemField(method);
  let left = options.limit ?? Infinity;
  if (left <= 0) return;
  for await (const page of pagesOf(client, method, request, options)) {
    const key = items.localName as keyof typeof page;
    for (const item of page[key] as ItemOf<MessageShape<M["output"]>>[]) {
      yield item;
      if (--left <= 0) return;
    }
  }
}

export async function* pagesOf<M extends DescMethodUnary>(
  client: grpc.Client,
  method: M,
  request: MessageInitShape<M["input"]>,
  options: CallOptions = {},
): AsyncGenerator<MessageShape<M["output"]>, void, void> {
  // A copy: the token goes into it, and the request is the caller's.
  const next = clone(method.input, create(method.input, request as MessageInitShape<typeof method.input>));
  const field = method.input.fields.find(({ name }) => name === "page_token" || name === "after");
  const asking = reflect(method.input, next);
  for (;;) {
    const page = await callUnary(client, method, next, options);
    const token = nextToken(reflect(method.output, page));
    if (token !== undefined && field !== undefined && asking.get(field) === token) throw goesRound();
    yield page as MessageShape<M["output"]>;
    if (token === undefined || field === undefined) return;
    asking.set(field, token);
  }
}

function goesRound(): FireworksError {
  const details = "the list goes round: it answers the token it was given";
  return FireworksError.from({ code: grpc.status.INTERNAL, details, metadata: new grpc.Metadata() });
}

/** The field of a page that holds its entries. Throws a TypeError when the method is no list. */
export function itemField(method: DescMethodUnary): DescField {
  const lists = method.output.fields.filter((field) => field.fieldKind === "list" && field.listKind === "message");
  const [field] = lists;
  if (field === undefined || lists.length > 1) throw new TypeError(`${method.name} is no List method`);
  return field;
}

// Management lists tell a token, until it is empty; stored responses the last id, and whether there is more.
function nextToken(page: ReflectMessage): string | undefined {
  const value = (name: string): unknown => {
    const field = page.fields.find((candidate) => candidate.name === name);
    return field === undefined ? undefined : page.get(field);
  };
  const token = value("next_page_token") ?? (value("has_more") === true ? value("last_id") : undefined);
  return typeof token === "string" && token !== "" ? token : undefined;
}
