#!/usr/bin/env bash
# Compiles the Java client, its conformance program and its examples. Needs setup.sh; fetches
# nothing.
#
# Usage: client/java/build.sh [--help]
set -euo pipefail
cd "$(dirname "$0")"

case "${1:-}" in
  "") ;;
  --help|-h) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "build.sh: unknown argument '$1'" >&2; exit 2 ;;
esac

mvn -q -o package -Dmaven.test.skip=true </dev/null
