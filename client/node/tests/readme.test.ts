// The snippets of README.md are pieces of the examples, which are compiled and run.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);

function pieces(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(new URL("examples/", ROOT))) {
    const text = readFileSync(new URL(`examples/${file}`, ROOT), "utf8");
    for (const [, name = "", code = ""] of text.matchAll(/^\/\/ \[START (\w+)\]\n(.*?)^\/\/ \[END \1\]$/gms)) found.set(name, code);
  }
  return found;
}

test("every snippet of the README is the piece of an example that it names, and all are used", () => {
  const readme = readFileSync(new URL("README.md", ROOT), "utf8");
  const expected = pieces();
  const snippets = [...readme.matchAll(/(?:^<!-- (\w+) -->\n)?^```ts\n(.*?)^```$/gms)];
  const used = snippets.map(([, name, code]) => {
    assert.ok(name !== undefined, `a snippet names no piece:\n${code}`);
    assert.equal(code, expected.get(name), name);
    return name;
  });
  assert.deepEqual(used.sort(), [...expected.keys()].sort());
});
