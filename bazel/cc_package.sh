#!/usr/bin/env bash
# The action of cc_package (cc_package.bzl): puts together what the manifest tells.
#
# Usage: cc_package.sh MANIFEST OUT TOP ARCHIVE VERSION
# The manifest has lines of kind, path, and place in the package, with tabs between.
set -euo pipefail
manifest=$1 out=$PWD/$2 top=$3 archive=$4 version=$5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$top/lib"
count=0
{
  echo "create $work/$top/lib/lib$archive.a"
  while IFS=$'\t' read -r kind path place; do
    if [[ $kind == archive ]]; then
      # The script language of ar knows no quotes.
      count=$((count + 1))
      ln -s "$PWD/$path" "$work/$count.a"
      echo "addlib $work/$count.a"
      continue
    fi
    mkdir -p "$work/$top/$(dirname "$place")"
    if [[ $kind == file ]]; then
      sed "s/@VERSION@/$version/g; s/@ARCHIVE@/$archive/g" "$path" > "$work/$top/$place"
    else
      cp "$path" "$work/$top/$place"
    fi
  done < "$manifest"
  echo save
  echo end
} > "$work/script"
ar -M < "$work/script"
ranlib -D "$work/$top/lib/lib$archive.a"
chmod -R u=rwX,go=rX "$work/$top"
# The same input makes the same package.
tar --create --directory="$work" --sort=name --owner=0 --group=0 --numeric-owner \
  --mtime=@0 "$top" | gzip -n -1 > "$out"
