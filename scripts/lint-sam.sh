#!/bin/sh
# The template in three partitions; SAM's own validation of it, which reads it as a deployment does; checkov's of all
# templates. None of them uses the network or an account.
set -eu
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
.local/cfn-lint/bin/python -B infra/watch target/watch.yaml
cp infra/sender.yaml target/sender.yaml
.local/cfn-lint/bin/cfn-lint --regions us-east-1 us-gov-west-1 cn-north-1 -- infra/template.yaml target/watch.yaml
.local/sam/bin/sam validate --lint --template infra/template.yaml
.local/checkov/bin/checkov --config-file infra/checkov.yaml --file infra/template.yaml infra/edge.yaml infra/sender.yaml target/watch.yaml
