#!/usr/bin/env bash
# Builds the conformance program and the examples, and with them the library.
set -euo pipefail
cd "$(dirname "$0")/../.."
bazel build --noshow_progress --ui_event_filters=-info //client/cpp:conformance //client/cpp/examples:all
