#!/usr/bin/env bash
# Installs what building and testing client/node needs: Node.js and npm, protoc and the
# protos of google.rpc (Debian packages), and what package-lock.json pins (npm).
#
# Usage: client/node/setup.sh [--help]
#
# Idempotent, and at once when everything is there. Ends with 77 when Node.js cannot be
# had on this machine.
set -euo pipefail
cd "$(dirname "$0")"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi

unavailable() { echo "setup.sh: client/node is skipped: $*" >&2; exit 77; }

packages=()
# Where Node.js comes from elsewhere, npm comes with it and Debian's would conflict.
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
command -v protoc >/dev/null || packages+=(protobuf-compiler)
[[ -d /usr/share/gocode/src/github.com/gogo/googleapis/google/rpc ]] ||
  packages+=(golang-github-gogo-googleapis-dev)
if [[ ${#packages[@]} -gt 0 ]]; then
  as_root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || unavailable "install ${packages[*]}, or sudo"
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || unavailable "there is no apt-get to install ${packages[*]} with"
  echo "setup.sh: installing ${packages[*]}"
  apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }
  apt_get update && apt_get install -y --no-install-recommends "${packages[@]}" ||
    unavailable "apt-get could not install ${packages[*]}"
fi

# The minimum that package.json names under "engines".
node -e 'const [a, b] = process.versions.node.split(".").map(Number);
         process.exit(a > 18 || (a === 18 && b >= 18) ? 0 : 1)' ||
  unavailable "Node.js 18.18 or later is needed, this is $(node --version)"

# Runs npm ci in a folder whose lock changed since it last did.
install_locked() {
  (
    cd "$1"
    if cmp -s package-lock.json node_modules/installed.json; then return; fi
    echo "setup.sh: installing what ${1#./}/package-lock.json pins"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
    cp package-lock.json node_modules/installed.json
  )
}
# buf, which scripts/setup.sh --tests installs the same way.
install_locked ../../protos
install_locked .
