#!/usr/bin/env bash
# Compiles all modules, so that what does not parse is told here; there is nothing else to build.
set -euo pipefail
cd "$(dirname "$0")"
.venv/bin/python -m compileall -q src examples tests tools conformance.py
