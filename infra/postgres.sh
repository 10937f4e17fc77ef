#!/usr/bin/env bash
# Runs a command with a private PostgreSQL whose address is in BELFRY_TEST_POSTGRES; it is gone afterwards.
#
#   infra/postgres.sh COMMAND [ARGUMENT…]
#
# An address that is already in BELFRY_TEST_POSTGRES is taken as it is.
set -euo pipefail

if [ -n "${BELFRY_TEST_POSTGRES:-}" ]; then
  exec "$@"
fi

bin=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)")
folder=$(mktemp -d /tmp/belfry-postgres.XXXXXX)
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
[ "$(id -u)" != 0 ] || chown postgres "$folder"

stop() {
  as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

(
  cd "$folder"
  as_postgres "$bin/initdb" -D "$folder/data" -A trust -U postgres --no-sync -E UTF8 --locale=C >/dev/null
  as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o \
    "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" \
    start >/dev/null
)

export BELFRY_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
"$@"
