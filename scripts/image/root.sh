#!/usr/bin/env bash
# Lays out the files of an image: a program, and the libraries that it is linked with.
#
# Usage: scripts/image/root.sh [--help] [--version VERSION] PROGRAM OUT
#   PROGRAM  as Bazel built it, with symbols
#   OUT      a folder that does not exist:
#              libraries/  files of Debian packages, and what a system needs to be one
#              program/    the program without symbols, its licence, its bill of materials
#              debug/      its symbols, by build id
#
# The Dockerfile runs it where the program was built, so that the libraries are those
# which it was built and tested with. A package comes with the files that a program can
# need, its copyright, and its entry in dpkg's database, by which scanners know it. Only
# what is linked comes: no shell, no package manager.
set -euo pipefail

usage() { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'; }

version=0.0.0
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --version) version="${2:?--version needs one}"; shift ;;
    -*) echo "root.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
if [[ $# -ne 2 || ! -x "$1" || -e "$2" ]]; then usage >&2; exit 2; fi
program=$(realpath "$1")
name=$(basename "$1")
here=$(realpath "$(dirname "$0")")
mkdir -p "$2"
out=$(realpath "$2")

# Beside libraries: the authorities that sign the upstream's certificate, and the names
# of the system.
data_packages=(base-files ca-certificates)
# Compiled in, header by header, so that no library tells of them.
compiled_in=(nlohmann-json3-dev)
if [[ "$name" == fireworks_simulator ]]; then compiled_in+=(libboost-dev); fi

# The package that has FILE: its path is the database's, or that before /usr was merged.
package_of() {  # FILE
  local path
  for path in "$1" "/usr$1" "${1#/usr}"; do
    if dpkg-query --search "$path" 2>/dev/null | head -n 1 | sed 's/: .*//'; then return 0; fi
  done
  echo "root.sh: no package has $1" >&2
  return 1
}

# Shared libraries that the loader loads, itself included: the names that it asks for,
# which are links, and the files behind them.
linked_libraries() {
  ldd "$program" | sed -nE 's,^[^/]*(/[^ ]+) \(0x.*,\1,p' | while read -r library; do
    echo "$(realpath "$(dirname "$library")")/$(basename "$library")"
    realpath "$library"
  done | sort -u
}

linked_packages() {
  local library
  for library in $linked; do package_of "$library"; done | sort -u
}

# Nothing at run time reads documentation, converts between character sets, or loads a
# library that nothing is linked with.
is_needed() {  # FILE
  case "$1" in
    /usr/lib/*/lib*.so.*) [[ $'\n'"$linked"$'\n' == *$'\n'"$1"$'\n'* ]]; return ;;
    /usr/share/doc/*/copyright) return 0 ;;
    /usr/share/doc/*|/usr/share/man/*|/usr/share/lintian/*|/usr/share/locale/*) return 1 ;;
    /usr/share/ca-certificates/*|/usr/sbin/*|/usr/share/bug/*|/etc/ca-certificates/*) return 1 ;;
    /etc/update-motd.d/*|/usr/share/base-files/*|/etc/ld.so.conf.d/*) return 1 ;;
    /usr/share/gcc/*|/usr/share/gdb/*) return 1 ;;
    /usr/lib/*/gconv/*|/usr/lib/*/audit/*|/usr/lib/*/perl5/*) return 1 ;;
  esac
}

copy_package() {  # PACKAGE
  local file target list
  list="$out/libraries/var/lib/dpkg/info/$1.list"
  dpkg-query --listfiles "$1" | sort -u | while read -r file; do
    if [[ -d "$file" && ! -L "$file" ]]; then continue; fi
    # Where the file is, not where the package thinks: /lib is /usr/lib.
    target="$(realpath "$(dirname "$file")")/$(basename "$file")"
    if [[ ! -e "$target" && ! -L "$target" || -L "$out/libraries$target" ]] ||
      ! is_needed "$target"; then
      continue
    fi
    mkdir -p "$out/libraries$(dirname "$target")"
    cp --no-dereference --preserve=mode "$target" "$out/libraries$target"
    echo "$target" >>"$list"
  done
  { dpkg-query --status "$1"; echo; } >>"$out/libraries/var/lib/dpkg/status"
}

# As update-ca-certificates makes it, without what this machine has added to it.
write_authorities() {
  mkdir -p "$out/libraries/etc/ssl/certs"
  find /usr/share/ca-certificates/mozilla -name '*.crt' | LC_ALL=C sort | xargs cat \
    >"$out/libraries/etc/ssl/certs/ca-certificates.crt"
}

write_system() {
  local root="$out/libraries"
  printf '%s\n' 'root:x:0:0:root:/:/nonexistent' 'nonroot:x:65532:65532:nonroot:/:/nonexistent' \
    >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nonroot:x:65532:' >"$root/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$root/etc/nsswitch.conf"
  install -d -m 1777 "$root/tmp"
  install -d -m 755 "$root/proc" "$root/sys" "$root/dev" "$root/run"
}

# Symbols are found by the build id that both halves carry.
split_program() {
  local id
  id=$(readelf --notes "$program" | sed -nE 's/^ *Build ID: ([0-9a-f]{40})$/\1/p')
  if [[ -z "$id" ]]; then echo "root.sh: $program has no build id" >&2; return 1; fi
  local debug="$out/debug/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
  mkdir -p "$(dirname "$debug")" "$out/program/usr/bin"
  objcopy --only-keep-debug --compress-debug-sections "$program" "$debug"
  objcopy --strip-all "$program" "$out/program/usr/bin/$name"
  chmod 644 "$debug"
  chmod 755 "$out/program/usr/bin/$name"
}

linked=$(linked_libraries)
packages=$(linked_packages)
mkdir -p "$out"/libraries/{etc,usr/bin,usr/lib,usr/sbin,var/lib/dpkg/info}
for folder in bin lib sbin; do ln -s "usr/$folder" "$out/libraries/$folder"; done
if [[ -L /lib64 ]]; then
  mkdir -p "$out/libraries/usr/lib64"
  ln -s usr/lib64 "$out/libraries/lib64"
fi
for package in "${data_packages[@]}" $packages; do copy_package "$package"; done
write_authorities
write_system
split_program
install -D -m 644 "$here/../../LICENSE" "$out/program/usr/share/doc/$name/copyright"
python3 "$here/sbom.py" --version "$version" --program "$out/program/usr/bin/$name" \
  --packages "${data_packages[*]} ${packages//$'\n'/ }" --compiled-in "${compiled_in[*]}" \
  >"$out/sbom.json"
install -D -m 644 "$out/sbom.json" "$out/program/usr/share/sbom/$name.spdx.json"
rm "$out/sbom.json"
