#!/usr/bin/env bash
# Checks the contract: what a change below protos/ must pass.
#
# Usage: scripts/check_protos.sh [--help] [BAZEL_ARGS...]
#
# buf's lint and format, buf's compatibility with the last release, the rules that
# buf does not know, the mirror of the upstream, and the reference of the contract.
# scripts/test.sh runs the same among all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi
exec scripts/test.sh "$@" //protos/... //docs/...
