#!/usr/bin/env bash
# Installs what a clone of Belfry needs and does not find. Safe to repeat; says nothing when nothing is missing.
#
#   infra/setup.sh run     what `make run` and `make build` need (default)
#   infra/setup.sh test    and what `make test` needs
#   infra/setup.sh bench   and what `make bench` needs
#
# Debian packages are installed when this runs as root or `sudo -n` works. Otherwise one line names what is missing.
# Rust, a newer Node.js and npm's packages come into the user's home and the clone, for which nobody need be root.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=infra/path.sh
. infra/path.sh

NODE_MAJOR_MIN=20
SIPVICIOUS_VERSION=0.3.8
APT_WAIT_SECONDS=300
MACHINE_CERTIFICATES=/etc/ssl/certs/ca-certificates.crt

level=${1:-run}
case $level in
  run | test | bench) ;;
  *) echo "usage: infra/setup.sh [run|test|bench]" >&2 && exit 2 ;;
esac

fail() {
  echo "setup: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

# Each line: what must be there (a command, or a path with a slash; globs allowed) and the Debian package that brings it.
wanted() {
  cat <<END
cc build-essential
make make
curl curl
$MACHINE_CERTIFICATES ca-certificates
sha256sum coreutils
node nodejs
npm npm
END
  [ "$level" = run ] && return
  cat <<'END'
chromium chromium
/usr/lib/postgresql/*/bin/initdb postgresql
sipp sip-tester
python3 python3
/usr/lib/python3*/ensurepip/__init__.py python3-venv
baresip baresip-core
/usr/lib/baresip/modules/sndfile.so baresip-core
linphonec linphone-cli
tshark tshark
ip iproute2
iptables iptables
conntrack conntrack
turnserver coturn
pebble pebble
dnsmasq dnsmasq-base
kamailio kamailio
END
  [ "$level" = test ] && return
  cat <<'END'
/usr/lib/*/kamailio/modules/tls.so kamailio-tls-modules
/usr/lib/*/kamailio/modules/websocket.so kamailio-websocket-modules
rtpengine rtpengine-daemon
END
}

is_there() {
  case $1 in
    */*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ;;
  esac
}

missing_packages() {
  wanted | while read -r thing package; do
    is_there "$thing" || echo "$package"
  done | sort -u | tr '\n' ' '
}

install_packages() {
  local missing
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  may_install || fail "missing Debian packages: ${missing% }. Install them, or run this as root."
  echo "setup: installing $missing"
  # A test machine wants the programs, not the services that their packages start.
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o "DPkg::Lock::Timeout=$APT_WAIT_SECONDS")
  as_root "${quiet[@]}" update
  # shellcheck disable=SC2086
  as_root "${quiet[@]}" -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing >/dev/null
  missing=$(missing_packages)
  [ -z "$missing" ] || fail "still missing after the installation: $missing"
}

# Debian 12 packages Node.js 18 and an npm that leaves native packages out. It does for fetching newer ones of both from
# npm's registry, by the hashes in the lock. Debian's npm finds its parts only when Debian's own node runs it.
install_node() {
  node_is_new && return 0
  echo "setup: installing Node.js, as $(node --version) is older than $NODE_MAJOR_MIN"
  local folder=$belfry_cache/node
  mkdir -p "$folder/bin"
  cp infra/node/package.json infra/node/package-lock.json "$folder/"
  PATH=$path_of_machine run_npm_ci "$folder" --include=optional ||
    fail "Node.js $NODE_MAJOR_MIN could not be installed from npm's registry"
  ln -sf "$folder"/node_modules/node-linux-*/bin/node "$folder/bin/node"
  ln -sf ../node_modules/npm/bin/npm-cli.js "$folder/bin/npm"
  hash -r
  node_is_new || fail "Node.js $NODE_MAJOR_MIN or newer is needed, this is $(node --version) on $(uname -m)"
}

node_is_new() {
  local major
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge $NODE_MAJOR_MIN ]
}

# Like Debian's own Node.js, the one from npm's registry trusts whom the machine trusts: a proxy's certificate, for one.
run_npm_ci() {
  local folder=$1
  shift
  [ -f "$MACHINE_CERTIFICATES" ] && export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$MACHINE_CERTIFICATES}
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error --ignore-scripts "$@" >/dev/null)
}

install_rust() {
  local channel target
  channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
  target=wasm32-unknown-unknown
  if ! command -v rustup >/dev/null; then
    # Without rustup, a compiler that already is the right one with the right target does as well.
    if rustc --version 2>/dev/null | grep -q "^rustc $channel " && [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
      return 0
    fi
    echo "setup: installing rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://static.rust-lang.org/rustup/rustup-init.sh |
      sh -s -- -y --quiet --no-modify-path --profile minimal --default-toolchain none || fail "rustup is missing and could not be installed"
    hash -r
  fi
  if ! rustup toolchain list | grep -q "^$channel"; then
    echo "setup: installing Rust $channel"
    rustup toolchain install "$channel" --profile minimal --component clippy,rustfmt --target $target --no-self-update
  fi
  rustup target list --toolchain "$channel" --installed | grep -qx $target ||
    rustup target add --toolchain "$channel" $target
  [ "$level" = run ] || rustup component list --toolchain "$channel" --installed | grep -q '^clippy' ||
    rustup component add --toolchain "$channel" clippy rustfmt
}

# What npm installed is right as long as its lock is no newer.
install_npm() {
  local folder=$1
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  echo "setup: installing the Node packages of $folder"
  run_npm_ci "$folder"
  touch "$folder/node_modules/.package-lock.json"
}

# The scanner that strangers use, in a folder of its own.
install_sipvicious() {
  local folder=$belfry_cache/sipvicious
  [ -x "$folder/bin/sipvicious_svwar" ] && [ "$(cat "$folder/version" 2>/dev/null)" = $SIPVICIOUS_VERSION ] && return 0
  echo "setup: installing SIPVicious $SIPVICIOUS_VERSION"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" --quiet --disable-pip-version-check install "sipvicious==$SIPVICIOUS_VERSION"
  echo $SIPVICIOUS_VERSION >"$folder/version"
}

install_packages
install_node
install_rust
install_npm frontend
if [ "$level" != run ]; then
  install_npm e2e
  install_sipvicious
fi
