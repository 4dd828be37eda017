#!/usr/bin/env bash
# Installs what building and testing the Go client needs: a Go that is new enough,
# modules, and the programs that generate the stubs.
#
# Usage: client/go/setup.sh [--help]
#
# Takes Go from PATH if it is new enough for go.mod, else from /usr/lib/go-*, else from
# Debian's packages (backports on Debian 12). Exits with 77 when there is none to be
# had. Idempotent; fast when everything is there.
set -euo pipefail
cd "$(dirname "$0")"

case "${1:-}" in
  '') ;;
  --help|-h) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "setup.sh: unknown argument '$1'" >&2; exit 2 ;;
esac

skip() { echo "client/go: skipped, no Go >= $(needed_go): $1" >&2; exit 77; }

. ./environment.sh
if ! find_go; then
  command -v apt-get >/dev/null || skip "this is no Debian"
  as_root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || skip "root or sudo is needed to install it"
    as_root=(sudo)
  fi
  apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }
  # scripts/setup.sh adds backports on Debian 12. -t takes the newest of what there is.
  suite=()
  . /etc/os-release
  if apt-get indextargets --format '$(CODENAME)' 'Created-By: Packages' |
     grep -qx "${VERSION_CODENAME:-}-backports"; then
    suite=(-t "$VERSION_CODENAME-backports")
  fi
  echo "client/go: installing golang-go"
  apt_get update || skip "apt-get update failed"
  apt_get install -y --no-install-recommends "${suite[@]}" golang-go || skip "apt-get install failed"
  find_go || skip "Debian's is older"
fi

# The locks of what is installed tell whether it is what is wanted.
lock() { cat go.mod go.sum tools/go.mod tools/go.sum tools/*/*.go; "$GO" version; }
if cmp -s <(lock) .tools/installed; then exit 0; fi
echo "client/go: downloading modules, building generators with $("$GO" version)"
mkdir -p .tools
rm -f .tools/installed
"$GO" mod download
(cd tools && "$GO" build -o ../.tools/ ./contract-only ./module-zip \
  google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc)
lock > .tools/installed
