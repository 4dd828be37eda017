#!/usr/bin/env bash
# Makes client/node/src/gen: the stubs of the contract and of google.rpc, modules that
# export each package, and the service config that all languages share as a constant.
#
# Usage: client/node/generate.sh [--help]
#
# Does nothing when nothing changed since the last time.
set -euo pipefail
cd "$(dirname "$0")"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi

root=../..
# google.rpc is no import of the contract, but what its errors carry. Debian's copy, as
# for the service itself.
googleapis=/usr/share/gocode/src/github.com/gogo/googleapis
mapfile -t protos < <(cd "$root/protos" && find fireworks -name '*.proto' | LC_ALL=C sort)
inputs=(generate.sh generate_modules.js buf.gen.yaml package-lock.json ../service_config.json)
fingerprint=$( (cat "${inputs[@]}"; cd "$root/protos" && cat "${protos[@]}") | sha256sum)
if [[ -f src/gen/fingerprint && "$(cat src/gen/fingerprint)" == "$fingerprint" ]]; then exit 0; fi

image=$(mktemp --suffix=.binpb)
trap 'rm -f "$image"' EXIT
protoc -I "$root/protos" -I "$googleapis" --include_imports --include_source_info \
  --descriptor_set_out="$image" "${protos[@]}" google/rpc/error_details.proto google/rpc/status.proto
rm -rf src/gen
(
  cd "$root"
  buf=$(echo protos/node_modules/@bufbuild/buf-*/bin/buf)
  "$buf" generate "$image" --template client/node/buf.gen.yaml -o client/node
)
# The library of protobuf has its own copies of these, which the stubs use.
rm -rf src/gen/google/protobuf
node generate_modules.js
echo "$fingerprint" >src/gen/fingerprint
