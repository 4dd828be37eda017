#!/usr/bin/env bash
# Makes a plain Debian, as an archive that containers and chroots can start from.
#
# Usage: scripts/image/base.sh [--help] SUITE FILE
#   SUITE  bookworm (Debian 12) or trixie (Debian 13)
#   FILE   the .tar to be written
#
# Needs root and mmdebstrap. The mirrors are those of this machine's own apt sources;
# security updates are included where it has them.
set -euo pipefail

usage() { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; }

case "${1:-}" in
  --help|-h) usage; exit 0 ;;
esac
if [[ $# -ne 2 || ! "$1" =~ ^(bookworm|trixie)$ ]]; then usage >&2; exit 2; fi
suite=$1
file=$2
. /etc/os-release
own=${VERSION_CODENAME:?}

# The mirror of one of this machine's suites.
mirror_of() {  # SUITE
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$1" '($2 == suite || $3 == suite) && $4 == "main" { print $1; exit }'
}

main=$(mirror_of "$own")
security=$(mirror_of "$own-security")
if [[ -z "$main" ]]; then
  echo "base.sh: apt has no source for '$own main'" >&2
  exit 1
fi
signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
sources=("deb $signed $main $suite main" "deb $signed $main $suite-updates main")
if [[ -n "$security" ]]; then sources+=("deb $signed $security $suite-security main"); fi

# The programs of this machine's apt may be told of a proxy; so are the archive's.
settings=()
while read -r line; do settings+=("--aptopt=$line"); done < <(
  apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy)

printf '%s\n' "${sources[@]}" |
  mmdebstrap --quiet --mode=root --variant=apt --format=tar "${settings[@]}" \
    --include=debian-archive-keyring,ca-certificates "$suite" "$file" -
