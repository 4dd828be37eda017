#!/usr/bin/env bash
# Builds the module as a module proxy serves it, into dist, installs it in a new project
# outside of the tree and streams a chat completion with that.
#
# Usage: client/go/package.sh [--target HOST:PORT]
#   --target  the service to stream from; without it the new project is only compiled
set -euo pipefail
cd "$(dirname "$0")"
target=
case "${1:-}" in
  '') ;;
  --target) target=${2:?--target takes HOST:PORT} ;;
  *) echo "package.sh: unknown argument '$1'" >&2; exit 2 ;;
esac
. ./environment.sh
require_go

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
module=$(sed -n 's/^module //p' go.mod)
version=v$(sed -n 's/^const Version = "\(.*\)"$/\1/p' fireworks/version.go)

# A release holds what the repository does, and nothing that was made here. The tools
# are a module of their own, which zips leave out.
mkdir "$work/module"
tar --exclude=./.build --exclude=./.tools --exclude=./dist -cf - . | tar -xf - -C "$work/module"
rm -rf dist
.tools/module-zip "$work/module" "$version" dist
echo "client/go: dist has $module@$version"

# The new project has a module cache of its own, so that it cannot see an older build of
# the same version. What else it needs may come from this machine's cache, where it was
# verified when it came.
cache=$("$GO" env GOMODCACHE)
export GOPROXY="file://$PWD/dist,file://$cache/cache/download,$("$GO" env GOPROXY)"
export GOMODCACHE="$work/cache" GONOSUMDB="$module" GOFLAGS=-modcacherw
mkdir "$work/project"
cp examples/hello_stream/main.go "$work/project/"
cd "$work/project"
"$GO" mod init example.com/hello >/dev/null 2>&1
"$GO" get "$module@$version"
"$GO" mod tidy
"$GO" build -o hello .
if [[ -n "$target" ]]; then ./hello -target "$target"; fi
