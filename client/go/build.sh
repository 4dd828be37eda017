#!/usr/bin/env bash
# Compiles the library, the conformance program and the examples, into .build.
# Usage: client/go/build.sh
set -euo pipefail
cd "$(dirname "$0")"
. ./environment.sh
require_go
"$GO" build ./...
mkdir -p .build
"$GO" build -o .build/ ./internal/conformance ./examples/...
