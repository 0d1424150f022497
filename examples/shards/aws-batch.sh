#!/bin/sh
# A study as an array job of AWS Batch: each child finds its shard in AWS_BATCH_JOB_ARRAY_INDEX.
#
# The job definition's image has daemonsim and the AWS CLI, and its role may read and write the bucket.
#
#   examples/shards/aws-batch.sh study.yaml s3://bucket/study queue job-definition
set -eu
scenario=$1 bucket=$2 queue=$3 definition=$4 shards=64

daemonsim sweep plan "$scenario" --shards "$shards" -o plan.json
aws s3 cp plan.json "$bucket/plan.json"
work="aws s3 cp $bucket/plan.json . && daemonsim sweep shard plan.json --quiet -o shards"
work="$work && aws s3 cp --recursive shards $bucket/shards"
aws batch submit-job --job-name daemonsim-study --job-queue "$queue" --job-definition "$definition" \
    --array-properties "size=$shards" --retry-strategy attempts=5 \
    --container-overrides "{\"command\": [\"sh\", \"-c\", \"$work\"]}"
echo "when all children are done:"
echo "  aws s3 cp --recursive $bucket/shards shards && daemonsim sweep merge shards --out out/study"
