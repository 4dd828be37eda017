#!/usr/bin/env bash
# Measures what the service costs, side by side with its baselines.
#
# Usage: scripts/bench.sh [--help] [--runs N] [--json FILE]
#   --runs N     measured rounds, after one that warms up; default 5
#   --json FILE  also writes the figures as JSON
#
# Installs what is missing, builds with optimisation, prints a table. Takes a
# few minutes. docs/performance.md explains the rows.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi
scripts/setup.sh
bazel build --noshow_progress --ui_event_filters=-info --config=opt \
  //service:fireworks_grpc //tests/simulator:fireworks_simulator //tests/bench/...
exec python3 tests/bench/bench.py "$(bazel info --config=opt bazel-bin 2>/dev/null)" "$@"
