#!/usr/bin/env bash
# Keeps the contract of a release, for later versions to be compatible with.
#
# Usage: scripts/release_image.sh [--help] VERSION
#   VERSION  of the release, as in v0.1.0
#
# Writes protos/releases/VERSION.binpb: the descriptors of the working tree, without
# comments; the same tree gives the same bytes. An image that exists is replaced:
# right before a release, wrong after it.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; }

case "${1:-}" in
  --help|-h) usage; exit 0 ;;
  v*) version="$1" ;;
  *) usage >&2; exit 2 ;;
esac
if [[ ! "$version" =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  echo "release_image.sh: '$version' is no version such as v0.1.0" >&2
  exit 2
fi
scripts/setup.sh
bazel build --noshow_progress --ui_event_filters=-info //protos:release_image
install -D -m 644 "$(bazel info bazel-bin 2>/dev/null)/protos/release_image.binpb" \
  "protos/releases/$version.binpb"
echo "wrote protos/releases/$version.binpb"
