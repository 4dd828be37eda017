#!/usr/bin/env bash
# Compiles client/node: the package as ECMAScript modules and as CommonJS (dist/), the
# conformance program, the tests and the examples (build/).
#
# Usage: client/node/build.sh [--help]
set -euo pipefail
cd "$(dirname "$0")"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi

./setup.sh
./generate.sh
rm -rf build dist/esm dist/cjs
node_modules/.bin/tsc -p tsconfig.json
node_modules/.bin/tsc -p tsconfig.cjs.json
# The package says that .js is an ECMAScript module.
echo '{ "type": "commonjs" }' >dist/cjs/package.json
node_modules/.bin/tsc -p tsconfig.programs.json
