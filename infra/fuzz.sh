#!/usr/bin/env bash
# Fuzzes each reader of what strangers send for a bounded time, beginning with the committed corpus.
#
#   infra/fuzz.sh 60          every target, 60 seconds each
#   infra/fuzz.sh 60 sdp      one of them
#
# What it finds that is new is kept in the cache folder; an input that breaks a reader is copied to fuzz/artifacts. Move it
# to fuzz/corpus/TARGET with a name that tells what it is: from then on `make unit` replays it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=infra/path.sh
. infra/path.sh

INPUT_BYTES_MAX=65535
INPUT_SECONDS_MAX=10
MEMORY_MEGABYTES_MAX=2048

seconds=${1:-60}
shift || true
targets=("$@")
[ $# -gt 0 ] || for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done

cannot() {
  echo "fuzz: $*" >&2
  exit 1
}

command -v rustup >/dev/null || cannot "not run: rustup is missing, and with it a way to a nightly compiler."
nightly=$(rustup toolchain list | sed -n 's/^\(nightly[^ ]*\).*/\1/p' | head -1)
[ -n "$nightly" ] || cannot "not run: no nightly compiler. rustup toolchain install nightly --profile minimal"
if ! command -v cargo-fuzz >/dev/null; then
  echo "fuzz: installing cargo-fuzz"
  cargo install --quiet --locked cargo-fuzz || cannot "not run: cargo-fuzz is missing and could not be installed."
fi

for target in "${targets[@]}"; do
  found=$belfry_cache/fuzz/$target
  mkdir -p "$found"
  folders=("$found" "fuzz/corpus/$target")
  case $target in message | framing) folders+=(backend/sip/tests/corpus/rfc4475 backend/sip/tests/corpus/rfc5118) ;; esac
  log=$(mktemp)
  echo "fuzz: $target, $seconds seconds"
  # The compiler of the workspace is not the one that fuzzes: the variable stands above rust-toolchain.toml.
  RUSTUP_TOOLCHAIN=$nightly CARGO_TARGET_DIR=$belfry_cache/fuzz/target \
    cargo fuzz run --fuzz-dir fuzz "$target" "${folders[@]}" -- -max_total_time="$seconds" -max_len=$INPUT_BYTES_MAX \
    -timeout=$INPUT_SECONDS_MAX -rss_limit_mb=$MEMORY_MEGABYTES_MAX -print_final_stats=1 -verbosity=1 >"$log" 2>&1 || {
    grep -A4 -m1 -E 'panicked|ERROR: ' "$log" >&2 || tail -40 "$log" >&2
    rm -f "$log"
    cannot "$target broke; the input is in fuzz/artifacts/$target."
  }
  sed -n 's/^stat::number_of_executed_units: */      executions: /p; s/^stat::peak_rss_mb: */      peak memory, MB: /p' "$log"
  rm -f "$log"
done
