#!/usr/bin/env bash
# Runs the end-to-end tests one after the other: two cores do not carry two pairs of browsers.
#
#   e2e/run.sh            all
#   e2e/run.sh phone      e2e/test/phone.test.mjs
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=infra/path.sh
. ../infra/path.sh
files=(test/*.test.mjs)
[ $# = 0 ] || files=("${@/#/test/}") && files=("${files[@]/%.test.mjs/}") && files=("${files[@]/%/.test.mjs}")
exec node --test --test-concurrency=1 --test-reporter=spec "${files[@]}"
