#!/usr/bin/env bash
# Holds the overlays of k8s/ against a real Kubernetes API server, and the tokens that it
# makes against the service.
#
# Usage: scripts/check_k8s_apiserver.sh [--help] [OPTIONS]
#   --service FILE, --simulator FILE, --fwctl FILE  programs; without them bazel builds them
#
# Builds kube-apiserver and etcd from Go modules into ~/.cache/fireworks-grpc-k8s, some 2000
# packages the first time: for releases rather than for every change. Both run on loopback.
# Every object is applied, as a dry run and then in earnest, and pods under the namespace's
# Pod Security Standard; the service account's rights and the callers' tokens are tried.
# Nothing runs pods there. Without a Go to build with it is skipped, counted as that, and
# exits with 77. Ends with a line "N passed, N failed", with ", N skipped" when there are any.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD

usage() { sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; }

service=
simulator=
fwctl=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --service) service=$(realpath "${2:?--service takes a file}") || exit 2; shift ;;
    --simulator) simulator=$(realpath "${2:?--simulator takes a file}") || exit 2; shift ;;
    --fwctl) fwctl=$(realpath "${2:?--fwctl takes a file}") || exit 2; shift ;;
    *) echo "check_k8s_apiserver.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

cache=${XDG_CACHE_HOME:-$HOME/.cache}/fireworks-grpc-k8s
modules=k8s/check/control_plane
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

find_modules_go() {
  cd "$modules" && . "$root/client/go/environment.sh" && find_go && echo "$GO"
}

skip() {
  echo "check_k8s_apiserver.sh: skipped: $1" >&2
  echo "0 passed, 0 failed, 1 skipped"
  exit 77
}

fail() {
  echo "check_k8s_apiserver.sh: $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

scripts/setup.sh || exit 1
go=$(find_modules_go) || { client/go/setup.sh && go=$(find_modules_go); } ||
  skip "there is no Go that is new enough for $modules/go.mod"
if [[ -z "$service" || -z "$simulator" || -z "$fwctl" ]]; then
  bazel build --noshow_progress --ui_event_filters=-info \
    //service:fireworks_grpc //tests/simulator:fireworks_simulator //client/cpp:fwctl || exit 1
  bin=$(bazel info bazel-bin 2>/dev/null)
  service=${service:-$bin/service/fireworks_grpc}
  simulator=${simulator:-$bin/tests/simulator/fireworks_simulator}
  fwctl=${fwctl:-$bin/client/cpp/fwctl}
fi

lock=$(cat "$modules"/go.mod "$modules"/go.sum "$modules"/*/main.go <("$go" version) |
  sha256sum | cut -c 1-12)
programs=$cache/control-plane-$lock
for program in etcd kube-apiserver; do
  if [[ -x "$programs/$program" ]]; then continue; fi
  echo "check_k8s_apiserver.sh: building $program"
  mkdir -p "$programs"
  (cd "$modules" && GOTOOLCHAIN=local GOFLAGS=-mod=readonly "$go" build -ldflags='-s -w' \
    -o "$programs/$program.new" "./$program") || fail "$program does not build"
  mv "$programs/$program.new" "$programs/$program"
done

# Renders, and fetches the schemas of other projects.
scripts/check_k8s.sh --service "$service" --simulator "$simulator" --keep "$work" \
  >"$work/output" 2>&1 || {
    code=$?
    cat "$work/output"
    if [[ $code -eq 77 ]]; then skip "scripts/check_k8s.sh was skipped"; fi
    fail "scripts/check_k8s.sh fails"
  }

python3 k8s/check/check_api_server.py --rendered "$work" --crds "$work/crds" \
  --etcd "$programs/etcd" --kube-apiserver "$programs/kube-apiserver" \
  --service "$service" --simulator "$simulator" --fwctl "$fwctl"
