#!/usr/bin/env bash
# Generates the clients' code from the contract.
#
# Usage: scripts/generate_clients.sh [--help] [--check] [--image FILE] [LANGUAGE...]
#   --check       change nothing; fail when what is there is not what would be generated
#   --image FILE  a descriptor set with comments; without it bazel builds the contract's
#
# Without languages it does all that have client/LANGUAGE/buf.gen.yaml. Installs what is
# missing first. What git ignores is no part of the check. The exit code is 77 when a
# language's tools cannot be had and nothing else is wrong.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; }

check=0
image=
languages=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --check) check=1 ;;
    --image) image=${2:?--image takes a file}; shift ;;
    -*) echo "generate_clients.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) languages+=("$1") ;;
  esac
  shift
done
if [[ ${#languages[@]} -eq 0 ]]; then
  for template in client/*/buf.gen.yaml; do languages+=("$(basename "$(dirname "$template")")"); done
fi

scripts/setup.sh --tests
if [[ -z "$image" ]]; then
  bazel build --noshow_progress --ui_event_filters=-info //protos:descriptor_set
  image="$(bazel info bazel-bin 2>/dev/null)/protos/contract.binpb"
fi
buf=$(echo protos/node_modules/@bufbuild/*/bin/buf)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files that a generator once wrote, in the folders of client/LANGUAGE that one writes to.
generated_files() {  # LANGUAGE
  cut -d / -f 1 "$work/new" | sort -u | sed "s,^,client/$1/," |
    xargs -r git ls-files --cached --others --exclude-standard -- | while read -r file; do
    [[ -f "$file" ]] || continue
    if head -n 12 "$file" | grep -qaE '(^|[^[:alpha:]])([Gg]enerated by|Code generated)'; then
      echo "${file#client/"$1"/}"
    fi
  done
}

# Makes client/LANGUAGE what was generated into $work/LANGUAGE, or tells the differences.
take() {  # LANGUAGE
  local language=$1 differences=0 file
  (cd "$work/$language" && find . -type f | sed 's,^\./,,' | sort) >"$work/new"
  sed "s,^,client/$language/," "$work/new" | git check-ignore --stdin | sed "s,^client/$language/,," |
    sort >"$work/ignored" || true
  if [[ $check -eq 1 ]]; then comm -23 "$work/new" "$work/ignored" >"$work/kept"; else cp "$work/new" "$work/kept"; fi
  while read -r file; do
    cmp -s "$work/$language/$file" "client/$language/$file" && continue
    differences=1
    if [[ $check -eq 1 ]]; then
      echo "client/$language/$file is not what the contract generates"
    else
      install -D -m 644 "$work/$language/$file" "client/$language/$file"
    fi
  done <"$work/kept"
  while read -r file; do
    differences=1
    if [[ $check -eq 1 ]]; then
      echo "client/$language/$file is generated no more"
    else
      rm "client/$language/$file"
    fi
  done < <(comm -13 "$work/new" <(generated_files "$language" | sort))
  [[ $check -eq 0 || $differences -eq 0 ]]
}

failed=0
skipped=0
for language in "${languages[@]}"; do
  if [[ ! -f "client/$language/buf.gen.yaml" ]]; then
    echo "generate_clients.sh: there is no client/$language/buf.gen.yaml" >&2
    exit 2
  fi
  code=0
  "client/$language/setup.sh" || code=$?
  if [[ $code -eq 77 ]]; then
    skipped=1
    continue
  fi
  mkdir "$work/$language"
  if [[ $code -ne 0 ]] ||
     ! "$buf" generate "$image" --template "client/$language/buf.gen.yaml" -o "$work/$language" ||
     ! take "$language"; then
    failed=1
    echo "client/$language: failed"
  elif [[ $check -eq 1 ]]; then
    echo "client/$language: current"
  else
    echo "client/$language: generated"
  fi
done
if [[ $failed -eq 1 ]]; then
  if [[ $check -eq 1 ]]; then echo "Run scripts/generate_clients.sh, and commit what it changes."; fi
  exit 1
fi
if [[ $skipped -eq 1 ]]; then exit 77; fi
