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
# A test that failed may leave a socket open: its file ends all the same.
exec node --test --test-force-exit --test-concurrency=1 --test-reporter=spec "${files[@]}"
