#!/usr/bin/env bash
# Makes the package as the registry takes it, client/node/dist/fireworks-grpc-VERSION.tgz, and
# proves that it can be used: installs it in a new project outside of the tree, checks its types
# there, and streams a completion with it, as an ECMAScript module and as CommonJS.
#
# Usage: client/node/package.sh [--help] [--target HOST:PORT]
#   --target  the service to stream from; without it nothing is streamed
#
# Needs build.sh to have run, and the registry for what the package depends on.
set -euo pipefail
cd "$(dirname "$0")"

target=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    --target) target=${2:?--target takes HOST:PORT}; shift ;;
    *) echo "package.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift
done

rm -f dist/*.tgz
archive=$(npm pack --ignore-scripts --loglevel=error --pack-destination dist </dev/null | tail -n 1)
echo "package.sh: made dist/$archive"

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
here=$PWD
cd "$project"
echo '{ "name": "new-project", "private": true }' >package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error "$here/dist/$archive" </dev/null

program='
async function main() {
  const client = FireworksClient.connect(process.argv[2]);
  const stream = client.service(ChatCompletionService).streamChatCompletion({
    model: "accounts/fireworks/models/kimi-k2-instruct-0905",
    messages: [userMessage("say: streamed by an installed package")],
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  client.close();
  if (text === "") throw new Error("no text came");
  console.log(text);
}'
{
  echo 'import { FireworksClient, userMessage } from "fireworks-grpc";'
  echo 'import { ChatCompletionService } from "fireworks-grpc/inference";'
  echo "$program"
  echo 'await main();'
} >stream.mts
{
  echo 'import fireworks = require("fireworks-grpc");'
  echo 'import inference = require("fireworks-grpc/inference");'
  echo 'const { FireworksClient, userMessage } = fireworks;'
  echo 'const { ChatCompletionService } = inference;'
  echo "$program"
  echo 'void main();'
} >stream.cts
# As users compile, with the types of the package's dependencies checked too.
ln -s "$here/node_modules/typescript" node_modules/typescript
mkdir -p node_modules/@types
ln -s "$here/node_modules/@types/node" node_modules/@types/node
node node_modules/typescript/bin/tsc --strict --target es2022 --module nodenext --types node stream.mts stream.cts
echo "package.sh: its types fit"

if [[ -n "$target" ]]; then
  for file in stream.mjs stream.cjs; do
    echo "package.sh: $file: $(node "$file" "$target")"
  done
fi
