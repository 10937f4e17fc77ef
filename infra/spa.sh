#!/usr/bin/env bash
# Builds the single-page app into frontend/dist, if its sources changed since the last time.
#
#   infra/spa.sh          the small, compressed one that is shipped
#   infra/spa.sh --dev    quick to build, names kept in the WebAssembly
#
# What was built is kept by the content of its sources in the user's cache folder, so that a fresh clone has it at once.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=infra/path.sh
. infra/path.sh

KEPT_BUILDS_MAX=6
mode=${1:-}
cache=$belfry_cache/spa

sources() {
  find frontend shared backend/sip infra/spa Cargo.toml Cargo.lock rust-toolchain.toml -type f \
    -not -path '*/node_modules/*' -not -path 'frontend/dist/*' -not -path '*/tests/*' -not -name '*.stamp' -print0 |
    LC_ALL=C sort -z
}

key=$({ echo "$mode" && sources | xargs -0 sha256sum; } | sha256sum | cut -c1-24)
stamp=frontend/dist.stamp
if [ -f frontend/dist/index.html ] && [ "$(cat $stamp 2>/dev/null)" = "$key" ]; then
  exit 0
fi

if [ -f "$cache/$key/index.html" ]; then
  echo "spa: the cached build of the same sources"
  rm -rf frontend/dist
  cp -r "$cache/$key" frontend/dist
else
  echo "spa: building"
  # shellcheck disable=SC2086
  cargo run --quiet --package spa -- $mode
  mkdir -p "$cache"
  rm -rf "$cache/$key.new"
  cp -r frontend/dist "$cache/$key.new"
  mv -T "$cache/$key.new" "$cache/$key" 2>/dev/null || rm -rf "$cache/$key.new"
  # shellcheck disable=SC2012
  ls -1t "$cache" | tail -n +$((KEPT_BUILDS_MAX + 1)) | while read -r old; do rm -rf "${cache:?}/$old"; done
fi
echo "$key" >$stamp
