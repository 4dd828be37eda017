#!/usr/bin/env bash
# Installs what the Python client's development needs into client/python/.venv.
#
# Idempotent: when everything is there it returns at once. The exit code is 77 when this
# machine has no Python 3.11 or newer with venv, and none can be installed.
set -euo pipefail
cd "$(dirname "$0")"

installed=.venv/installed.txt
if cmp -s requirements.txt "$installed" && .venv/bin/python -c 'import grpc' 2>/dev/null; then exit 0; fi

skip() { echo "client/python/setup.sh: $1" >&2; exit 77; }

usable() { python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! usable; then
  command -v apt-get >/dev/null || skip "there is no Python 3.11 with venv, and no apt to install one"
  as_root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || skip "python3-venv is missing; run as root, or install sudo"
    as_root=(sudo)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    python3 python3-venv || skip "python3-venv cannot be installed"
  usable || skip "Python 3.11 or newer is needed"
fi

echo "client/python/setup.sh: installing into .venv"
rm -rf .venv
python3 -m venv .venv
.venv/bin/pip install -q --no-input --disable-pip-version-check --require-hashes -r requirements.txt </dev/null
cp requirements.txt "$installed"
