#!/usr/bin/env bash
# Builds and starts the service, and streams one chat completion through it.
#
# Usage: scripts/run.sh [--help] [--once] [PROMPT]
#   --once   exit after the completion; without it the service keeps serving
#
# Works on a fresh Debian 12 or 13 machine: installs what is missing first.
# With FIREWORKS_API_KEY set the service calls Fireworks; without it, a local
# simulator. FWCTL_MODEL picks the model. The service listens on
# 127.0.0.1:50051, or on LISTEN; its log is the file that is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; }

once=0
prompt="Say hello to the people who run this service."
for argument in "$@"; do
  case "$argument" in
    --help|-h) usage; exit 0 ;;
    --once) once=1 ;;
    -*) echo "run.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
    *) prompt="$argument" ;;
  esac
done

scripts/setup.sh
bazel build --noshow_progress --ui_event_filters=-info \
  //service:fireworks_grpc //tests/simulator:fireworks_simulator //client/cpp:fwctl
bin=$(bazel info bazel-bin 2>/dev/null)

logs=$(mktemp -d)
processes=()
finish() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits for a line of a starting process's output and prints its port.
port_of() {  # FILE PATTERN PROCESS
  for _ in $(seq 1 200); do
    local port
    port=$(sed -n "s/$2/\\1/p" "$1" | head -n 1)
    if [[ -n "$port" ]]; then echo "$port"; return 0; fi
    kill -0 "$3" 2>/dev/null || break
    sleep 0.05
  done
  echo "run.sh: $1 says:" >&2
  cat "$1" "${1%.out}.log" >&2 || true
  return 1
}

if [[ -z "${FIREWORKS_API_KEY:-}" ]]; then
  "$bin/tests/simulator/fireworks_simulator" --listen 127.0.0.1:0 \
    >"$logs/simulator.out" 2>"$logs/simulator.log" &
  processes+=($!)
  simulator_port=$(port_of "$logs/simulator.out" '^listening on .*:\([0-9]*\)$' $!)
  export FIREWORKS_API_KEY=simulated FIREWORKS_BASE_URL="http://127.0.0.1:$simulator_port"
  echo "FIREWORKS_API_KEY is not set: using the simulator on port $simulator_port."
fi

"$bin/service/fireworks_grpc" --listen="${LISTEN:-127.0.0.1:50051}" \
  >"$logs/service.out" 2>"$logs/service.log" &
processes+=($!)
port=$(port_of "$logs/service.out" '^listening on port \([0-9]*\)$' $!)
echo "The service listens on port $port; its log is $logs/service.log."
echo
"$bin/client/cpp/fwctl" chat --target "127.0.0.1:$port" --usage "$prompt"

if [[ $once -eq 1 ]]; then exit 0; fi
echo
echo "Serving. Try: $bin/client/cpp/fwctl chat --target 127.0.0.1:$port \"...\"   (Ctrl-C stops)"
wait "${processes[-1]}"
