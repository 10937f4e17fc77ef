#!/usr/bin/env bash
# Runs tests with cargo-nextest where it is installed, else with `cargo test`. The options are both tools' own.
set -euo pipefail
cd "$(dirname "$0")/.."
if cargo nextest --version >/dev/null 2>&1; then
  exec cargo nextest run --no-fail-fast --status-level fail --final-status-level slow --no-tests pass "$@"
fi
exec cargo test --no-fail-fast "$@"
