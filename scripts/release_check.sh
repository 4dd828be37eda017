#!/usr/bin/env bash
# Runs before a release what takes too long for every change.
#
# Usage: scripts/release_check.sh [--help] [OPTIONS] [STEP...]
#   image     builds the images, and runs them (build_image.sh, smoke_image.sh)
#   apiserver holds k8s/ and callers' tokens against a Kubernetes API server
#             (check_k8s_apiserver.sh)
#   debian13  builds everything and runs every test on Debian 13 (on 12: there)
#   fuzz      fuzzes each target for a long time (fuzz.sh)
#   soak      runs calls of all kinds with faults, plain and under ThreadSanitizer (soak.sh)
#   Without STEP it does all, in this order.
#
#   --fuzz-seconds N   for each target; default 1800
#   --soak-minutes N   for each of the two runs; default 30
#   --tests LABELS     what debian13 tests; default: all, and the clients
#   --keep FOLDER      keeps what debian13 compiled, for the next time
#
# Needs root for image and debian13. Every step runs, whatever became of the others; a
# table at the end tells how each ended. Any that failed makes it exit with 1, and so does
# one that was skipped, which has shown nothing.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,20p' "$0" | sed 's/^# \{0,1\}//'; }

all=(image apiserver debian13 fuzz soak)
steps=()
fuzz_seconds=1800
soak_minutes=30
tests=()
keep=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --fuzz-seconds) fuzz_seconds="${2:?--fuzz-seconds needs a number}"; shift ;;
    --soak-minutes) soak_minutes="${2:?--soak-minutes needs a number}"; shift ;;
    --tests) read -ra tests <<<"${2:?--tests needs labels}"; shift ;;
    --keep) keep=$(realpath "${2:?--keep needs a folder}") || exit 2; shift ;;
    -*) echo "release_check.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *)
      if [[ " ${all[*]} " != *" $1 "* ]]; then
        echo "release_check.sh: there is no step '$1'; there are: ${all[*]}" >&2
        exit 2
      fi
      steps+=("$1") ;;
  esac
  shift
done
[[ ${#steps[@]} -gt 0 ]] || steps=("${all[@]}")

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run_image() {
  scripts/build_image.sh "$work/images" && scripts/smoke_image.sh "$work/images"
}

run_apiserver() { scripts/check_k8s_apiserver.sh; }

# In a root of its own, with the files that are committed. Mounts go with the namespace.
run_debian13() {
  local root=$work/debian13
  scripts/setup.sh --images && scripts/image/base.sh trixie "$work/debian13.tar" || return 1
  mkdir -p "$root" "${keep:=$work/cache}"
  tar -C "$root" -xpf "$work/debian13.tar" && rm "$work/debian13.tar" || return 1
  mkdir -p "$root/src" "$root/cache"
  git archive HEAD | tar -C "$root/src" -x || return 1
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  # The mirrors' authorities, where they are this machine's own.
  local own=/usr/local/share/ca-certificates
  if [[ -d $own ]]; then
    find "$own" -name '*.crt' -exec cp -t "$root$own" {} + &&
      chroot "$root" update-ca-certificates >/dev/null || return 1
  fi
  env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true \
    BAZEL_DISK_CACHE=/cache \
    unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" \
    bash -c 'root=$1 keep=$2; shift 2
      mount --rbind /dev "$root/dev" && mount --bind "$keep" "$root/cache" &&
        exec chroot "$root" /src/scripts/test.sh "$@"' \
    debian13 "$root" "$keep" "${tests[@]}" </dev/null
}

run_fuzz() { scripts/fuzz.sh --seconds "$fuzz_seconds"; }

run_soak() {
  local status=0
  scripts/soak.sh "$soak_minutes" || status=1
  scripts/soak.sh --config=tsan "$soak_minutes" || status=1
  return "$status"
}

status=0
summary=
for step in "${steps[@]}"; do
  echo "== $step"
  began=$SECONDS
  code=0
  "run_$step" || code=$?
  case $code in
    0) result=passed ;;
    77) result=SKIPPED status=1 ;;
    *) result=FAILED status=1 ;;
  esac
  summary+=$(printf '%-10s %-8s %5d min' "$step" "$result" $(((SECONDS - began) / 60)))$'\n'
done
echo "== release check of $(git describe --always --dirty)"
printf '%s' "$summary"
exit "$status"
