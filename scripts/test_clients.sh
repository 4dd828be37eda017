#!/usr/bin/env bash
# Tests the clients: installs what each needs, builds, and runs everything that a user would.
#
# Usage: scripts/test_clients.sh [--help] [OPTIONS] [LANGUAGE...]
#   --service FILE, --simulator FILE  programs; without them bazel builds them
#   --image FILE                      as scripts/generate_clients.sh takes it
#
# Languages are go, python, java, node, and cpp; without any it does all. Per language:
# setup, build, unit tests (scripts/test.sh runs those of cpp), generated code, the cases
# of tests/clients, the examples, and the package in a new project. A language whose
# tools cannot be had is skipped, and counted as that. Ends with a line
# "N passed, N failed", with ", N skipped" when there are any.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; }

service=
simulator=
image=
languages=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --service) service=$(realpath "${2:?--service takes a file}") || exit 2; shift ;;
    --simulator) simulator=$(realpath "${2:?--simulator takes a file}") || exit 2; shift ;;
    --image) image=$(realpath "${2:?--image takes a file}") || exit 2; shift ;;
    -*) echo "test_clients.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) languages+=("$1") ;;
  esac
  shift
done
if [[ ${#languages[@]} -eq 0 ]]; then
  for language in cpp go python java node; do
    if [[ -d "client/$language" ]]; then languages+=("$language"); fi
  done
fi

bazel_build() { bazel build --noshow_progress --ui_event_filters=-info "$@"; }

scripts/setup.sh --tests || exit 1
if [[ -z "$service" || -z "$simulator" || -z "$image" ]]; then
  bazel_build //service:fireworks_grpc //tests/simulator:fireworks_simulator //protos:descriptor_set || exit 1
  bin=$(bazel info bazel-bin 2>/dev/null)
  service=${service:-$bin/service/fireworks_grpc}
  simulator=${simulator:-$bin/tests/simulator/fireworks_simulator}
  image=${image:-$bin/protos/contract.binpb}
fi

work=$(mktemp -d)
processes=()
finish() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
skipped=0

# Counts a step as one case.
count() {  # NAME CODE
  if [[ $2 -eq 0 ]]; then
    passed=$((passed + 1))
    echo "== $1: passed"
  else
    failed=$((failed + 1))
    echo "== $1: FAILED"
  fi
}

step() {  # NAME COMMAND...
  local name=$1
  shift
  echo "== $name"
  "$@" </dev/null
  count "$name" $?
}

# Counts the cases that a step's last line tells; without that line it is one that failed.
counted_step() {  # NAME COMMAND...
  local name=$1 code line
  shift
  echo "== $name"
  "$@" </dev/null 2>&1 | tee "$work/output"
  code=${PIPESTATUS[0]}
  line=$(tail -n 1 "$work/output")
  if [[ "$line" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    if [[ $code -ne 0 && ${BASH_REMATCH[2]} -eq 0 ]]; then count "$name" "$code"; fi
  else
    count "$name, which told no count," 1
  fi
}

# Waits for a starting process's line and prints its port.
port_of() {  # FILE PROCESS
  local port
  for _ in $(seq 1 400); do
    port=$(sed -nE 's/^listening on .*[: ]([0-9]+)$/\1/p' "$1" | head -n 1)
    if [[ -n "$port" ]]; then echo "$port"; return 0; fi
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

# The service that examples and packages call: writes are allowed, since the examples
# create a dataset and a job.
start_service() {
  local port
  "$simulator" --listen 127.0.0.1:0 >"$work/simulator.out" 2>"$work/simulator.log" </dev/null &
  processes+=($!)
  port=$(port_of "$work/simulator.out" $!) || { cat "$work/simulator.log"; return 1; }
  echo 'rules { name: "examples" callers: "*" methods: "*" }' >"$work/policy.textproto"
  cat >"$work/service.textproto" <<CONFIG
account_id: "test-account"
identity { sources { anonymous {} } }
policy_file: "$work/policy.textproto"
CONFIG
  FIREWORKS_API_KEY=simulated "$service" --config="$work/service.textproto" --listen=127.0.0.1:0 \
    --upstream_base_url="http://127.0.0.1:$port" >"$work/service.out" 2>"$work/service.log" </dev/null &
  processes+=($!)
  port=$(port_of "$work/service.out" $!) || { cat "$work/service.log"; return 1; }
  target=127.0.0.1:$port
}

cases() {  # NAME PROGRAM
  counted_step "$1: cases" tests/clients/runner.py --service "$service" --simulator "$simulator" \
    --language "$1" --program "$1=$2"
}

start_service || { echo "test_clients.sh: the service did not start" >&2; exit 1; }

for language in "${languages[@]}"; do
  here=client/$language
  if [[ ! -x "$here/setup.sh" ]]; then
    count "$language: $here/setup.sh, which is missing," 1
    continue
  fi
  echo "== $language: setup"
  "$here/setup.sh" </dev/null
  code=$?
  if [[ $code -eq 77 ]]; then
    skipped=$((skipped + 1))
    echo "== $language: skipped"
    continue
  fi
  count "$language: setup" "$code"
  if [[ $code -ne 0 ]]; then continue; fi
  step "$language: build" "$here/build.sh"
  # Bazel runs the unit tests of C++, with all its others, and builds the program.
  if [[ "$language" == cpp ]]; then
    cases cpp "$(bazel info bazel-bin 2>/dev/null)/client/cpp/conformance"
  else
    counted_step "$language: unit tests" "$here/test.sh"
  fi
  if [[ -f "$here/buf.gen.yaml" ]]; then
    step "$language: generated code" scripts/generate_clients.sh --check --image "$image" "$language"
  fi
  # A language with several faces has a program for each, such as conformance-asyncio.
  for program in "$here"/conformance "$here"/conformance-*; do
    if [[ -x "$program" && -f "$program" ]]; then
      cases "$language${program#"$here"/conformance}" "$program"
    fi
  done
  counted_step "$language: examples" "$here/examples.sh" --target "$target"
  step "$language: package" "$here/package.sh" --target "$target"
done

echo "$passed passed, $failed failed$( ((skipped)) && echo ", $skipped skipped")"
[[ $passed -gt 0 && $failed -eq 0 ]]
