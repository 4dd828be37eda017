#!/usr/bin/env bash
# Installs what the Java client needs on Debian 12 and 13: a JDK and Maven as packages, and
# what Maven fetches into .m2, so that everything else here works offline.
#
# Usage: client/java/setup.sh [--help] [--lock]
#   --lock  write dependencies.lock anew, after a version in a pom.xml has changed
#
# Idempotent, and fast when all is there. dependencies.lock has the hash of each file that
# Maven may fetch; a file that differs is refused. Exit code 77: there is no toolchain.
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; }

lock=0
for argument in "$@"; do
  case "$argument" in
    --help|-h) usage; exit 0 ;;
    --lock) lock=1 ;;
    *) echo "setup.sh: unknown argument '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

skip() {
  echo "client/java/setup.sh: $1" >&2
  exit 77
}

has_jdk() {
  local version
  version=$(javac -version 2>&1) || return 1
  version=${version#javac }
  [[ "${version%%.*}" -ge 17 ]]
}

install_packages() {
  local as_root=()
  . /etc/os-release
  [[ "${ID:-}" == debian ]] || skip "no JDK 17 with Maven, and this is not Debian"
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || skip "no JDK 17 with Maven, and neither root nor sudo to install them"
    as_root=(sudo)
  fi
  echo "client/java/setup.sh: installing default-jdk-headless and maven"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 \
      install -y --no-install-recommends default-jdk-headless maven ||
    skip "JDK and Maven could not be installed"
}

if ! has_jdk || ! command -v mvn >/dev/null; then install_packages; fi

# What was fetched, as "HASH  PATH". Our own jars are not fetched.
fetched() {
  (cd .m2 && find . -type f \( -name '*.jar' -o -name '*.pom' -o -name '*.exe' \) \
    -not -path './com/fireworks/*' | LC_ALL=C sort | xargs sha256sum)
}

# Fails when a fetched file is not the one in the lock. Files that the lock does not know come
# from another release of Maven or another processor, and are told.
check() {
  fetched | LC_ALL=C awk '
    NR == FNR { known[$2] = $1; next }
    !($2 in known) { print "client/java/setup.sh: not in dependencies.lock: " $2; next }
    known[$2] != $1 { print "client/java/setup.sh: differs from dependencies.lock: " $2; bad = 1 }
    END { exit bad }' dependencies.lock - >&2
}

state() { cat setup.sh dependencies.lock pom.xml ./*/pom.xml | sha256sum; }

if [[ $lock -eq 0 && "$(cat .m2/setup.done 2>/dev/null)" == "$(state)" ]]; then exit 0; fi

# Maven names all that a build needs only while it builds, so it does once what the other
# scripts do: stubs, library, tests, packages.
echo "client/java/setup.sh: fetching what Maven needs; this builds everything once"
mkdir -p .m2
mvn -q com.spotify.fmt:fmt-maven-plugin:check deploy -Prelease \
  -Dmaven.javadoc.skip=true -Dmaven.install.skip=true \
  -DaltDeploymentRepository="setup::file:target/setup" \
  -Dtest=HostPortTest -Dsurefire.failIfNoSpecifiedTests=false </dev/null
rm -rf target/setup

if [[ $lock -eq 1 ]]; then fetched >dependencies.lock; fi
check || { rm -rf .m2; exit 1; }
state >.m2/setup.done
