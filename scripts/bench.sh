#!/usr/bin/env bash
# Measures what the service costs, side by side with its baselines.
#
# Usage: scripts/bench.sh [--help] [--quick] [--only ROW]... [--runs N] [--no-pin] [--json FILE]
#   --quick      one short round of each row, in about two minutes
#   --only ROW   only this row; may be repeated (an unknown one lists them all)
#   --runs N     measured rounds of each row, less when they take long; default 3
#   --no-pin     leave it to the kernel which processor runs what
#   --json FILE  where the figures go as JSON; default bench.json
#
# Installs what is missing (nginx too, which it compares with), builds with
# optimisation, measures for about 10 minutes at most, and prints a table with
# target and verdict of each figure. docs/performance.md explains the rows.
set -euo pipefail
cd "$(dirname "$0")/.."

json=(--json bench.json)
for argument in "$@"; do
  case "$argument" in
    --help|-h) sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    --json|--json=*) json=() ;;
  esac
done
scripts/setup.sh --bench
bazel build --noshow_progress --ui_event_filters=-info --config=opt \
  //service:fireworks_grpc //tests/simulator:fireworks_simulator //tests/bench/...
exec python3 tests/bench/bench.py "$(bazel info --config=opt bazel-bin 2>/dev/null)" \
  "${json[@]}" "$@"
