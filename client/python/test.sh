#!/usr/bin/env bash
# Lint, types, and the unit tests; ends with a line "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/mypy --no-error-summary
.venv/bin/mypy --no-error-summary --strict examples/[!_]*.py
exec .venv/bin/python tests/run.py
