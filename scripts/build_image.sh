#!/usr/bin/env bash
# Builds the images of the Dockerfile, without Docker.
#
# Usage: scripts/build_image.sh [--help] [--suite SUITE] [--tests LABELS] [--work FOLDER] [OUT]
#   OUT            a folder for what comes out; default bazel-images
#   --suite SUITE  of Debian to build in and from: bookworm (default) or trixie
#   --tests LABELS what must pass before there is an image; default: as the Dockerfile
#                  says; '' for none
#   --work FOLDER  keeps the base, the stages and what was compiled there, for the next
#                  time; needs 15 GB. Without it all that goes when it ends.
#
# Writes fireworks-grpc.oci.tar and fireworks-simulator.oci.tar (OCI archives), the bill
# of materials of each (.spdx.json), and debug-symbols.tar; prints sizes and digests.
# The version is that of the tag, or what `git describe` says. The same commit on the
# same packages should give the same images, as their times are those of the commit; not
# with --work, where stages of older commits are taken up.
#
# Needs root. Installs what is missing (buildah, mmdebstrap). Where overlays cannot be
# mounted set STORAGE_DRIVER=vfs, which needs 30 GB. With BAZEL_DISK_CACHE set, what was
# compiled is kept in that folder.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,20p' "$0" | sed 's/^# \{0,1\}//'; }

suite=bookworm
work=
out=bazel-images
arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --suite) suite="${2:?--suite needs a name}"; shift ;;
    --tests) arguments+=(--build-arg "TESTS=${2?--tests needs labels}"); shift ;;
    --work) work="${2:?--work needs a folder}"; shift ;;
    -*) echo "build_image.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) out="$1" ;;
  esac
  shift
done
if [[ $EUID -ne 0 ]]; then
  echo "build_image.sh: run as root: a base of Debian is made" >&2
  exit 1
fi
scripts/setup.sh --images

keep=$work
work=${work:-$(mktemp -d)}
mkdir -p "$work" "$out"
work=$(realpath "$work")
out=$(realpath "$out")

# Buildah leaves its folder mounted onto itself.
finish() {
  if mountpoint -q "$work/storage/overlay"; then umount --recursive "$work/storage/overlay"; fi
  if [[ -z "$keep" ]]; then rm -rf --one-file-system "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

buildah_in() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

export BUILDAH_ISOLATION="${BUILDAH_ISOLATION:-chroot}"
export STORAGE_DRIVER="${STORAGE_DRIVER:-overlay}"
if ! git diff-index --quiet HEAD --; then
  echo "build_image.sh: the tree has changes that are not committed; the label says -dirty" >&2
fi
version=$(git describe --tags --always --dirty --match 'v[0-9]*')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
source=$(git config --get remote.origin.url || true)
# A folder is no address of a source.
if [[ "$source" != *://* ]]; then source=; fi
arguments+=(
  --build-arg "BASE=localhost/debian:$suite"
  --build-arg "VERSION=${version#v}"
  --build-arg "REVISION=$(git rev-parse HEAD)"
  --build-arg "SOURCE=$source"
  --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"
  --timestamp "$SOURCE_DATE_EPOCH"
)
# Compiled code lies outside of the stages: these would each hold a copy.
mkdir -p "$work/bazel-$suite"
volumes=(--volume "$work/bazel-$suite:/root/.cache/bazel")
if [[ -n "${BAZEL_DISK_CACHE:-}" ]]; then
  mkdir -p "$BAZEL_DISK_CACHE"
  volumes+=(--volume "$(realpath "$BAZEL_DISK_CACHE"):/bazel-cache")
  arguments+=(--build-arg BAZEL_ARGS=--disk_cache=/bazel-cache)
fi

if ! buildah_in inspect --type image "localhost/debian:$suite" >/dev/null 2>&1; then
  echo "== a base of $suite"
  scripts/image/base.sh "$suite" "$work/base.tar"
  base=$(buildah_in from scratch)
  buildah_in add --quiet "$base" "$work/base.tar" / >/dev/null
  buildah_in commit --quiet --rm "$base" "localhost/debian:$suite" >/dev/null
  rm "$work/base.tar"
fi

build() {  # TARGET NAME
  echo "== $2"
  buildah_in bud --layers --force-rm --pull-never --target "$1" --tag "localhost/$2" \
    "${arguments[@]}" "${volumes[@]}" --file Dockerfile . </dev/null
}

# What is in an image: as a folder, until the container is removed.
build debug fireworks-debug-symbols
build simulator fireworks-simulator
build service fireworks-grpc

echo "== what came out"
printf '%-24s %14s %14s  %s\n' image archive unpacked digest
for name in fireworks-grpc fireworks-simulator; do
  archive="$out/$name.oci.tar"
  rm -f "$archive"
  buildah_in push --quiet --format oci --digestfile "$work/digest" "localhost/$name" \
    "oci-archive:$archive:localhost/$name:${version#v}"
  container=$(buildah_in from --pull-never "localhost/$name")
  root=$(buildah_in mount "$container")
  cp "$root"/usr/share/sbom/*.spdx.json "$out/$name.spdx.json"
  printf '%-24s %14s %14s  %s\n' "$name" "$(stat -c %s "$archive")" \
    "$(du -sb "$root" | cut -f 1)" "$(cat "$work/digest")"
  buildah_in rm "$container" >/dev/null
done
container=$(buildah_in from --pull-never localhost/fireworks-debug-symbols)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
  -C "$(buildah_in mount "$container")" -cf "$out/debug-symbols.tar" usr
buildah_in rm "$container" >/dev/null
echo "in $out"
