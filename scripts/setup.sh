#!/usr/bin/env bash
# Installs what the build and the tests need on Debian 12 and 13.
#
# Usage: scripts/setup.sh [--help] [--tests] [--fuzz] [--images] [--bench] [--list]
#   --tests  also Redis, and buf, which checks the contract, and npm, which brings it
#   --fuzz   also clang and its libFuzzer, which scripts/fuzz.sh builds with
#   --images also what scripts/build_image.sh and scripts/smoke_image.sh build and run with
#   --bench  also nginx, which scripts/bench.sh compares with
#   --list   print the packages and exit
#
# Idempotent: when everything is there it returns at once without touching
# apt or npm. Needs root or sudo. On Debian 12 it adds the release's backports
# suite (same mirror as the machine's own apt sources), because libcurl 7.88 from
# the main suite mishandles HTTP/2 under parallel transfers, and opentelemetry-cpp is
# in no other.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  # Toolchain.
  g++ make pkg-config bazel-bootstrap bazel-rules-java bazel-rules-proto bazel-skylib protobuf-compiler protobuf-compiler-grpc
  # Libraries of the service.
  libgrpc++-dev libprotobuf-dev libprotoc-dev libabsl-dev nlohmann-json3-dev
  libcurl4-openssl-dev prometheus-cpp-dev opentelemetry-cpp-dev libssl-dev libhiredis-dev
  # google/api and google/rpc protos; grpc.health.v1 protos.
  golang-github-gogo-googleapis-dev
  # Tests and benchmarks: GoogleTest, the simulator (Boost.Beast), TLS and HTTP/2 in front of it.
  libgtest-dev libgmock-dev libboost-dev libbenchmark-dev nghttp2-proxy openssl
  # Used by the scripts, by tests, and by what makes the reference of the contract.
  python3 python3-protobuf python3-yaml ca-certificates git
)

usage() { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'; }

tests=0
fuzz=0
images=0
bench=0
list=0
for argument in "$@"; do
  case "$argument" in
    --help|-h) usage; exit 0 ;;
    --tests) tests=1 ;;
    --fuzz) fuzz=1 ;;
    --images) images=1 ;;
    --bench) bench=1 ;;
    --list) list=1 ;;
    *) echo "setup.sh: unknown argument '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done
# Shared quotas are tested on it; where there is systemd, Debian starts one on loopback.
if [[ $tests -eq 1 ]]; then packages+=(redis-server); fi
# Where Node.js comes from elsewhere, npm comes with it and Debian's would conflict.
if [[ $tests -eq 1 ]] && ! command -v npm >/dev/null; then packages+=(npm); fi
if [[ $fuzz -eq 1 ]]; then packages+=(clang libclang-rt-dev); fi
# Without what they recommend, which are network stacks for containers.
if [[ $images -eq 1 ]]; then
  packages+=(buildah curl debian-archive-keyring mmdebstrap podman runc util-linux)
fi
# Where there is systemd, Debian starts one on port 80 if that is free.
if [[ $bench -eq 1 ]]; then packages+=(nginx-light); fi
if [[ $list -eq 1 ]]; then printf '%s\n' "${packages[@]}"; exit 0; fi

# buf, in the version that protos/package-lock.json pins. The copy of the lock tells
# what is installed.
install_buf() {
  local lock=protos/package-lock.json installed=protos/node_modules/installed.json
  if cmp -s "$lock" "$installed"; then return; fi
  echo "setup.sh: installing buf"
  (cd protos && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null)
  # To npm a package for one architecture is optional: it says nothing when it can't have it.
  if ! compgen -G 'protos/node_modules/@bufbuild/*/bin/buf' >/dev/null; then
    echo "setup.sh: npm did not bring buf; in protos/, 'npm ci --loglevel=verbose' says why" >&2
    exit 1
  fi
  cp "$lock" "$installed"
}

. /etc/os-release
if [[ "${ID:-}" != debian ]]; then
  echo "setup.sh: this is ${PRETTY_NAME:-an unknown system}; only Debian 12 and 13 are supported." >&2
  echo "Install the packages that 'scripts/setup.sh --list' prints by hand." >&2
  exit 1
fi

release="${VERSION_CODENAME:?}"
# grpc.health.v1 and reflection.
if [[ "$release" == bookworm ]]; then
  packages+=(grpc-proto)
else
  packages+=(golang-google-grpc-dev)
fi
minimum_curl=8.14

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
curl_version=$(dpkg-query -W -f='${Version}' libcurl4-openssl-dev 2>/dev/null || echo 0)
if dpkg --compare-versions "$curl_version" lt "$minimum_curl"; then
  curl_is_old=1
else
  curl_is_old=0
fi
if [[ ${#missing[@]} -eq 0 && $curl_is_old -eq 0 ]]; then
  if [[ $tests -eq 1 ]]; then install_buf; fi
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  command -v sudo >/dev/null || { echo "setup.sh: run as root, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }

# The mirror that the machine already uses for its main suite, in either of
# apt's two source formats.
main_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$release" '$2 == suite && $3 == "main" { print $1; exit }'
}

# Images of Debian come without the lists that tell of apt's sources.
if [[ -z "$(main_mirror)" ]]; then apt_get update; fi
if [[ "$release" == bookworm ]] &&
   ! apt-get indextargets --format '$(CODENAME)' 'Created-By: Packages' | grep -qx "$release-backports"; then
  mirror=$(main_mirror)
  [[ -n "$mirror" ]] || { echo "setup.sh: apt has no source for '$release main'" >&2; exit 1; }
  echo "setup.sh: adding $release-backports to apt's sources"
  "${as_root[@]}" tee "/etc/apt/sources.list.d/$release-backports.sources" >/dev/null <<SOURCES
Types: deb
URIs: $mirror
Suites: $release-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
fi

echo "setup.sh: installing ${missing[*]:-libcurl $minimum_curl}"
apt_get update
if [[ "$release" == bookworm ]]; then
  # libcurl's development files and library come from backports, at one version.
  apt_get install -y --no-install-recommends -t "$release-backports" \
    libcurl4-openssl-dev libcurl4
fi
apt_get install -y --no-install-recommends "${packages[@]}"
if [[ $tests -eq 1 ]]; then install_buf; fi
