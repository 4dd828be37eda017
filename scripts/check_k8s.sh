#!/usr/bin/env bash
# Renders every overlay of k8s/ and checks it, without a cluster.
#
# Usage: scripts/check_k8s.sh [--help] [OPTIONS]
#   --service FILE, --simulator FILE  programs; without them bazel builds them
#   --metrics FILE                    instead of docs/metrics.md
#   --keep FOLDER                     leave the rendered overlays there, and in crds/ the
#                                     schemas of other projects
#
# kustomize renders; kubectl-validate holds the result against Kubernetes' schemas and
# those of other projects' resources; kube-score looks for what is unwise, with
# exceptions noted beside what they excuse; promtool checks and tests the alerts; and
# the service itself reads each configuration. The tools are built from Go modules, and
# kept in ~/.cache/fireworks-grpc-k8s. Without a Go to build them with all of it is
# skipped, counted as that, and exits with 77. Ends with a line "N passed, N failed",
# with ", N skipped" when there are any.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD

usage() { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//'; }

service=
simulator=
metrics=docs/metrics.md
keep=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --service) service=$(realpath "${2:?--service takes a file}") || exit 2; shift ;;
    --simulator) simulator=$(realpath "${2:?--simulator takes a file}") || exit 2; shift ;;
    --metrics) metrics=$(realpath "${2:?--metrics takes a file}") || exit 2; shift ;;
    --keep) keep=$(realpath -m "${2:?--keep takes a folder}") || exit 2; shift ;;
    *) echo "check_k8s.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

cache=${XDG_CACHE_HOME:-$HOME/.cache}/fireworks-grpc-k8s
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Kubernetes' version whose schemas count: the newest that kubectl-validate has, and the
# oldest that k8s/ is for (preStop's sleep).
kubernetes=1.30

passed=0
failed=0
skipped=0

skip_all() {
  echo "check_k8s.sh: skipped: $1" >&2
  echo "0 passed, 0 failed, 1 skipped"
  exit 77
}

step() {  # NAME COMMAND...
  local name=$1
  shift
  echo "== $name"
  if "$@" </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "== $name: FAILED"
  fi
}

# Adds up what a step's last line tells. It is one more that failed when there is no such
# line, when nothing was tested, or when the step fails and the line does not say so.
counted_step() {  # NAME COMMAND...
  local name=$1 line code step_passed=0 step_failed=0
  shift
  echo "== $name"
  "$@" </dev/null 2>&1 | tee "$work/output"
  code=${PIPESTATUS[0]}
  line=$(tail -n 1 "$work/output")
  if [[ "$line" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    step_passed=${BASH_REMATCH[1]}
    step_failed=${BASH_REMATCH[2]}
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
  fi
  if [[ $step_failed -eq 0 && ($code -ne 0 || $step_passed -eq 0) ]]; then
    step_failed=1
    echo "== $name: FAILED (exit code $code), and told of no test that did"
  fi
  passed=$((passed + step_passed))
  failed=$((failed + step_failed))
}

find_tools_go() {
  cd k8s/check/tools/kustomize && . "$root/client/go/environment.sh" && find_go && echo "$GO"
}

# A program of k8s/check/tools, at the versions and sums of its go.mod and go.sum.
tool() {  # NAME PACKAGE
  local source=k8s/check/tools/$1 name
  name=$1-$(cat "$source/go.mod" "$source/go.sum" <("$go" version) | sha256sum | cut -c 1-12)
  if [[ ! -x "$cache/$name" ]]; then
    echo "check_k8s.sh: building $1"
    (cd "$source" && GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
      "$go" build -o "$cache/$name.new" "$2") || return 1
    mv "$cache/$name.new" "$cache/$name"
  fi
  ln -sfn "$cache/$name" "$work/bin/$1"
}

# Debian's promtool. Its package would start a server where there is systemd, so that
# only the program is taken out of it.
find_promtool() {
  if command -v promtool >/dev/null; then
    ln -sfn "$(command -v promtool)" "$work/bin/promtool"
    return
  fi
  if [[ ! -x "$cache/promtool" ]]; then
    echo "check_k8s.sh: fetching promtool"
    (cd "$work" && apt-get -q download prometheus &&
      dpkg-deb -x prometheus_*.deb prometheus) || return 1
    cp "$work/prometheus/usr/bin/promtool" "$cache/promtool"
  fi
  ln -sfn "$cache/promtool" "$work/bin/promtool"
}

# The schemas that k8s/check/crds.tsv lists. A module may ask for a newer Go than what
# is here, which the go command then fetches to read it.
crds() {
  local module version sum file kept json
  mkdir -p "$work/crds"
  while IFS=$'\t' read -r module version sum file; do
    kept=$cache/$(printf '%s' "$module $version $sum $file" | sha256sum | cut -c 1-12).yaml
    if [[ ! -s "$kept" ]]; then
      echo "check_k8s.sh: fetching $module $version"
      # What is wrong stands in the answer.
      json=$(cd "$work" && GOTOOLCHAIN=auto GOFLAGS='' "$go" mod download -json "$module@$version")
      python3 k8s/check/module_file.py "$sum" "$file" "$kept" <<<"$json" || return 1
    fi
    cp "$kept" "$work/crds/$(basename "$file")"
  done < <(grep -v '^#' k8s/check/crds.tsv)
}

render() {  # OVERLAY
  kustomize build "k8s/overlays/$1" >"$work/rendered/$1.yaml"
}

validate() {  # OVERLAY
  kubectl-validate --version "$kubernetes" --local-crds "$work/crds" "$work/rendered/$1.yaml"
}

score() {  # OVERLAY
  # One version for all: kube-score judges whether an apiVersion is a stable one in it.
  kube-score score --kubernetes-version "v$kubernetes" --output-format ci --exit-one-on-warning \
    "$work/rendered/$1.yaml" >"$work/score"
  local code=$?
  grep -v -E '^\[(OK|SKIPPED)\]' "$work/score"
  return $code
}

# Rules as promtool wants them, whole and without annotations.
extract_rules() {
  python3 - "$work" <<'PYTHON'
import sys, yaml
work = sys.argv[1]
with open(work + "/rendered/production.yaml", encoding="utf-8") as file:
    spec = next(o["spec"] for o in yaml.safe_load_all(file) if o["kind"] == "PrometheusRule")
with open(work + "/all.yaml", "w", encoding="utf-8") as file:
    yaml.safe_dump(spec, file)
for group in spec["groups"]:
    for rule in group["rules"]:
        del rule["annotations"]
with open(work + "/alerts/rules.yaml", "w", encoding="utf-8") as file:
    yaml.safe_dump(spec, file)
PYTHON
}

scripts/setup.sh || exit 1
go=$(find_tools_go) || { client/go/setup.sh && go=$(find_tools_go); } ||
  skip_all "there is no Go that is new enough"
mkdir -p "$cache" "$work/bin" "$work/rendered" "$work/alerts"
export PATH="$work/bin:$PATH"
if [[ -z "$service" || -z "$simulator" ]]; then
  bazel build --noshow_progress --ui_event_filters=-info \
    //service:fireworks_grpc //tests/simulator:fireworks_simulator || exit 1
  bin=$(bazel info bazel-bin 2>/dev/null)
  service=${service:-$bin/service/fireworks_grpc}
  simulator=${simulator:-$bin/tests/simulator/fireworks_simulator}
fi

counted_step "the count of tests" python3 k8s/check/counted_test.py
step "kustomize" tool kustomize sigs.k8s.io/kustomize/kustomize/v5
step "kube-score" tool kube-score github.com/zegl/kube-score/cmd/kube-score
step "kubectl-validate" tool kubectl-validate sigs.k8s.io/kubectl-validate
step "schemas of other projects" crds
step "promtool" find_promtool
for overlay in k8s/overlays/*/; do
  name=$(basename "$overlay")
  step "$name: renders" render "$name"
  step "$name: schemas" validate "$name"
  step "$name: kube-score" score "$name"
done
step "alerts: extracted" extract_rules
cp k8s/check/alerts_test.yaml "$work/alerts/"
step "alerts: rules" promtool check rules "$work/all.yaml"
step "alerts: tests" promtool test rules "$work/alerts/alerts_test.yaml"
counted_step "alerts, autoscaler, dashboard and documents" \
  python3 k8s/check/check_alerts.py --rendered "$work/rendered" --metrics "$metrics"
counted_step "sizes of pods" python3 k8s/check/check_sizes.py --rendered "$work/rendered"
counted_step "overlays and the service" python3 k8s/check/check_overlays.py \
  --rendered "$work/rendered" --service "$service" --simulator "$simulator"
if [[ -n "$keep" ]]; then
  mkdir -p "$keep" && cp -r "$work"/rendered/*.yaml "$work/crds" "$keep/"
fi

echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
[[ $passed -gt 0 && $failed -eq 0 ]]
