# For sourcing: cargo, and the Node.js that infra/setup.sh has fetched where the machine's own is too old, before all others.
# shellcheck shell=bash disable=SC2034
belfry_cache=${BELFRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/belfry}
node_bin=$belfry_cache/node/bin
path_of_machine=${PATH//"$node_bin:"/}
export PATH="$node_bin:${CARGO_HOME:-$HOME/.cargo}/bin:$path_of_machine"
