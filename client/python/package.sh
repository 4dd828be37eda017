#!/usr/bin/env bash
# Builds the package into dist/, and with --target HOST:PORT installs it in a new project
# outside the tree and streams one completion with it.
set -euo pipefail
cd "$(dirname "$0")"

target=
case "$#:${1:-}" in
  0:) ;;
  2:--target) target=$2 ;;
  *) echo "usage: client/python/package.sh [--target HOST:PORT]" >&2; exit 2 ;;
esac

rm -rf dist build src/*.egg-info
# Without isolation: what builds it is pinned by requirements.txt.
.venv/bin/python -m build --no-isolation --outdir dist . >dist.log 2>&1 || { cat dist.log >&2; exit 1; }
rm -f dist.log
ls -1 dist
if [[ -z "$target" ]]; then exit 0; fi

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
cp examples/hello_stream.py examples/_target.py "$project"
python3 -m venv "$project/venv"
"$project/venv/bin/pip" install -q --no-input --disable-pip-version-check dist/*.whl </dev/null
cd "$project"
env -u PYTHONPATH venv/bin/python hello_stream.py --target "$target"
