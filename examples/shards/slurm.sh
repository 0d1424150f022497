#!/bin/sh
# A study as a Slurm job array. The plan holds the scenario, so that nothing else need be on the nodes:
#
#   daemonsim sweep plan study.yaml --shards 64 -o plan.json
#   sbatch examples/shards/slurm.sh          # beside plan.json, on a file system that all nodes share
#   daemonsim sweep merge shards --out out/study
#
#SBATCH --job-name=daemonsim
#SBATCH --array=0-63
#SBATCH --cpus-per-task=2
#SBATCH --requeue
# Which shard it is stands in SLURM_ARRAY_TASK_ID; one that was killed and requeued goes on where it was.
daemonsim sweep shard plan.json --threads "${SLURM_CPUS_PER_TASK:-1}" -o shards
