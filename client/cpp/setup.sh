#!/usr/bin/env bash
# Installs what building and trying the C++ client needs: scripts/setup.sh, and CMake for
# the package.
#
# Usage: client/cpp/setup.sh [--help]
#
# Idempotent; fast when everything is there. Exits with 77 when it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  '') ;;
  --help|-h) sed -n '2,7p' client/cpp/setup.sh | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "setup.sh: unknown argument '$1'" >&2; exit 2 ;;
esac

skip() { echo "client/cpp: skipped, $1" >&2; exit 77; }

scripts/setup.sh || skip "scripts/setup.sh failed"
if command -v cmake >/dev/null; then exit 0; fi
as_root=()
if [[ $EUID -ne 0 ]]; then
  command -v sudo >/dev/null || skip "CMake is missing; run as root, or install sudo"
  as_root=(sudo)
fi
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }
echo "client/cpp: installing cmake"
apt_get update || skip "apt-get update failed"
apt_get install -y --no-install-recommends cmake || skip "CMake cannot be installed"
