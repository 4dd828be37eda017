#!/usr/bin/env bash
# Builds the package for those who do not use Bazel, into dist, and tries it in new projects
# outside of the tree: with CMake, and with pkg-config.
#
# Usage: client/cpp/package.sh [--release] [--target HOST:PORT]
#   --release  optimised code, which takes many minutes to compile
#   --target   the service to stream from; without it the new projects are only compiled
set -euo pipefail
cd "$(dirname "$0")/../.."
target=
options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) sed -n '2,7p' client/cpp/package.sh | sed 's/^# \{0,1\}//'; exit 0 ;;
    --release) options=(-c opt) ;;
    --target) target=${2:?--target takes HOST:PORT}; shift ;;
    *) echo "package.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift
done
command -v cmake >/dev/null || { echo "package.sh: no CMake: run client/cpp/setup.sh" >&2; exit 1; }

bazel build --noshow_progress --ui_event_filters=-info "${options[@]}" //client/cpp:package
rm -rf client/cpp/dist
mkdir client/cpp/dist
cp "$(bazel info "${options[@]}" bazel-bin 2>/dev/null)"/client/cpp/fireworks-grpc-client-*.tar.gz client/cpp/dist/
chmod u+w client/cpp/dist/*
package=$(echo client/cpp/dist/*.tar.gz)
echo "client/cpp: $package has $(stat -c %s "$package") bytes"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$package" -C "$work"
# Nothing in it may know where it was unpacked, or built.
mv "$work"/fireworks-grpc-client-* "$work/installed here"
mkdir "$work/project"
cp client/cpp/examples/hello_stream.cc "$work/project/"
cd "$work/project"

try() {  # PROGRAM
  if [[ -n "$target" ]]; then timeout 60 "$1" --target "$target" </dev/null; fi
}

echo "client/cpp: a project with CMake"
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(hello LANGUAGES CXX)
find_package(FireworksGrpcClient 0.1 REQUIRED)
add_executable(hello hello_stream.cc)
target_link_libraries(hello PRIVATE FireworksGrpcClient::client absl::flags absl::flags_parse)
# What is position independent can become part of a shared library.
add_library(plugin SHARED hello_stream.cc)
target_link_libraries(plugin PRIVATE FireworksGrpcClient::client absl::flags absl::flags_parse)
CMAKE
{
  cmake -S . -B build -DCMAKE_PREFIX_PATH="$work/installed here" && cmake --build build
} >cmake.log 2>&1 </dev/null || { cat cmake.log >&2; exit 1; }
try build/hello

echo "client/cpp: a project with pkg-config"
export PKG_CONFIG_PATH="$work/installed here/lib/pkgconfig"
# pkg-config quotes the blanks of paths.
eval "flags=($(pkg-config --cflags --libs fireworks-grpc-client absl_flags absl_flags_parse))"
g++ -std=c++17 hello_stream.cc "${flags[@]}" -o hello
try ./hello
