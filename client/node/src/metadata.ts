// Metadata of calls: what callers write, and what the service's trailers tell.
import * as grpc from "@grpc/grpc-js";

/** Metadata to be sent: by lower-case name, one value or several. */
export type MetadataInit = grpc.Metadata | Readonly<Record<string, string | readonly string[]>>;

/** How many tokens a call read and wrote, as its trailing metadata tells. */
export interface TokenCounts {
  promptTokens?: number;
  completionTokens?: number;
  /** Tokens of the prompt that the prompt cache held. */
  cachedTokens?: number;
}

export function toMetadata(init: MetadataInit | undefined): grpc.Metadata {
  if (init instanceof grpc.Metadata) return init.clone();
  const metadata = new grpc.Metadata();
  for (const [name, values] of Object.entries(init ?? {})) {
    for (const value of typeof values === "string" ? [values] : values) metadata.add(name, value);
  }
  return metadata;
}

/** The first value of a name that is text. */
export function firstText(metadata: grpc.Metadata | undefined, name: string): string | undefined {
  const value = metadata?.get(name)[0];
  return typeof value === "string" ? value : undefined;
}

/** Token counts of a call, from its trailing metadata. Undefined: it has none. */
export function tokenCounts(trailers: grpc.Metadata | undefined): TokenCounts | undefined {
  const count = (name: string): number | undefined => {
    const value = firstText(trailers, name);
    return value === undefined ? undefined : Number(value);
  };
  const counts: TokenCounts = {};
  const promptTokens = count("x-usage-prompt-tokens");
  const completionTokens = count("x-usage-completion-tokens");
  const cachedTokens = count("x-usage-cached-tokens");
  if (promptTokens !== undefined) counts.promptTokens = promptTokens;
  if (completionTokens !== undefined) counts.completionTokens = completionTokens;
  if (cachedTokens !== undefined) counts.cachedTokens = cachedTokens;
  return Object.keys(counts).length > 0 ? counts : undefined;
}
