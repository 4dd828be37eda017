#!/usr/bin/env bash
# Fuzzes what reads bytes of others.
#
# Usage: scripts/fuzz.sh [--help] [--list] [--seconds N | --runs N] [--max-len N] [--jobs N] [TARGET...]
#   --seconds N  how long for each target; default 60
#   --runs N     how many executions for each target instead, the same each time
#   --max-len N  bytes of the longest input; default 1500, fewer are faster
#   --jobs N     how many targets at a time; default: one for each core
#   --list       print the targets and exit
#   TARGET       of tests/fuzz, such as sse; default: all
#
# Installs what is missing (clang), builds with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer, and prints a row for each target. What is learnt stays in
# FUZZ_CORPUS, default ~/.cache/fireworks-grpc-fuzz, for the next time. An input that
# fails is kept in tests/fuzz/findings; tests/fuzz/README.md says what to do with it.
# Fails when there is one, or when a target does not run.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//'; }

limit=(-max_total_time=60)
jobs=$(nproc)
max_len=1500
list=0
targets=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --list) list=1 ;;
    --seconds|--runs|--jobs|--max-len)
      if ! [[ "${2:-}" =~ ^[1-9][0-9]{0,11}$ ]]; then
        echo "fuzz.sh: $1 needs a number of at least 1" >&2
        exit 2
      fi
      case "$1" in
        --seconds) limit=("-max_total_time=$2") ;;
        --runs) limit=("-runs=$2" -seed=1) ;;
        --jobs) jobs="$2" ;;
        --max-len) max_len="$2" ;;
      esac
      shift ;;
    -*) echo "fuzz.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done

# The targets are what has a corpus.
mapfile -t all < <(ls tests/fuzz/corpus)
if [[ $list -eq 1 ]]; then printf '%s\n' "${all[@]}"; exit 0; fi
[[ ${#targets[@]} -gt 0 ]] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  if [[ ! -d "tests/fuzz/corpus/$target" ]]; then
    echo "fuzz.sh: there is no target '$target'; there are: ${all[*]}" >&2
    exit 2
  fi
done

scripts/setup.sh --fuzz

# Another compiler, hence an output base of its own: no build undoes the other's.
output_base="$(bazel info output_base 2>/dev/null)-fuzz"
fuzz_bazel() { bazel --output_base="$output_base" --max_idle_secs=60 "$@"; }
arguments=(--config=fuzz)
if [[ -n "${BAZEL_DISK_CACHE:-}" ]]; then arguments+=("--disk_cache=$BAZEL_DISK_CACHE"); fi
labels=("${targets[@]/#///tests/fuzz:}")
fuzz_bazel build --symlink_prefix=/ --noshow_progress --ui_event_filters=-info \
  "${arguments[@]}" "${labels[@]/%/_fuzzer}"
bin=$(fuzz_bazel info "${arguments[@]}" bazel-bin 2>/dev/null)

# Short stacks of allocations and a short memory of freed blocks: half as fast without.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=4:quarantine_size_mb=16}"
corpus="${FUZZ_CORPUS:-${XDG_CACHE_HOME:-$HOME/.cache}/fireworks-grpc-fuzz}"
findings=tests/fuzz/findings
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$findings"

# Words for the JSON of both APIs: the keys of the contract.
write_json_dictionary() {
  {
    sed -nE 's/.*json_name = "([^"]+)".*/\1/p' protos/fireworks/{inference,gateway}/v1/*.proto
    sed -nE 's/^ +(optional |repeated )?[a-zA-Z0-9_.]+ ([a-z][a-z0-9_]*) = [0-9]+.*/\2/p' \
      protos/fireworks/{inference,gateway}/v1/*.proto | sed -E 's/_([a-z0-9])/\u\1/g'
  } | sort -u | sed 's/.*/"\\"&\\":"/'
}

fuzz() {  # TARGET
  local words="tests/fuzz/dictionaries/$1.dict" result=ok
  local log="$work/$1.log"
  # Beyond 1500 bytes inputs get slow and not different; to weigh inputs by the rarity of
  # what they reach takes more time than it saves.
  local flags=("${limit[@]}" -print_final_stats=1 -timeout=10 -rss_limit_mb=2048 "-max_len=$max_len"
    -entropic=0 "-artifact_prefix=$findings/$1-")
  if [[ "$1" == *_json ]]; then words="$work/json.dict"; fi
  if [[ -e "$words" ]]; then flags+=("-dict=$words"); fi
  mkdir -p "$corpus/$1"
  if ! "$bin/tests/fuzz/$1_fuzzer" "${flags[@]}" "$corpus/$1" "tests/fuzz/corpus/$1" \
      >"$log" 2>&1 </dev/null; then
    result=$(sed -nE 's|.*Test unit written to (.*)|FINDING \1|p' "$log")
    result="${result:-did not run}"
    # The words of the law that does not hold, or of the sanitizer, and where.
    grep -E -A 12 'does not hold:|ERROR: |runtime error:' "$log" | head -n 40 >"$work/$1.finding" ||
      tail -n 20 "$log" >"$work/$1.finding"
  fi
  local executions from to
  executions=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log")
  from=$(sed -nE 's/^#[0-9]+\sINITED cov: ([0-9]+).*/\1/p' "$log" | head -n 1)
  to=$(sed -nE 's/^#[0-9]+\s.* cov: ([0-9]+).*/\1/p' "$log" | tail -n 1)
  printf '%-16s %12s %16s   %s\n' "$1" "${executions:--}" "${from:--}-${to:--}" "$result" \
    >"$work/$1.row"
}

write_json_dictionary >"$work/json.dict"
for target in "${targets[@]}"; do
  while [[ $(jobs -rp | wc -l) -ge $jobs ]]; do wait -n || true; done
  fuzz "$target" &
done
wait

printf '%-16s %12s %16s   %s\n' target executions 'coverage from-to' result
status=0
for target in "${targets[@]}"; do
  cat "$work/$target.row"
  if [[ -e "$work/$target.finding" ]]; then status=1; fi
done
cat "$work"/*.finding 2>/dev/null || true
exit $status
