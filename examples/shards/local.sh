#!/bin/sh
# A study in shards on one machine, as many at a time as it has cores: the smallest of all clusters.
#
#   examples/shards/local.sh SCENARIO OUT [SHARDS] [options of `sweep plan`, such as --vary and --replications]
#
# With GNU parallel, which also knows other machines (--sshlogin); without it, with xargs. What has been done is not done
# again: run it once more after it was stopped, and it goes on.
set -eu
scenario=$1 out=$2 shards=${3:-8}
[ $# -gt 3 ] && shift 3 || shift $#
daemonsim=${DAEMONSIM:-daemonsim}
work=$out.shards

mkdir -p "$work"
"$daemonsim" sweep plan "$scenario" "$@" --shards "$shards" -o "$work/plan.json"
if command -v parallel >/dev/null; then
    seq 0 $((shards - 1)) |
        parallel "$daemonsim" sweep shard "$work/plan.json" --index {} --threads 1 --quiet -o "$work"
else
    seq 0 $((shards - 1)) |
        xargs -P "$(getconf _NPROCESSORS_ONLN)" -I {} \
            "$daemonsim" sweep shard "$work/plan.json" --index {} --threads 1 --quiet -o "$work"
fi
"$daemonsim" sweep merge "$work" --out "$out"
