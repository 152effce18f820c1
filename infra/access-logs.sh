#!/usr/bin/env bash
# Whether API Gateway may write the access logs that a stage asks for; `make deploy-check` calls it.
#   access-logs.sh <stage> "<parameters of this deployment>"
set -euo pipefail
AWS=${AWS:-aws}
stage=$1 parameters=$2

case " $parameters " in
    *" AccessLogs=off "*) exit 0 ;;
    *" AccessLogs=on "*) ;;
    *) [[ $stage == prod ]] || exit 0 ;;
esac
role=$($AWS apigateway get-account --query cloudwatchRoleArn --output text)
if [[ $role != arn:* ]]; then
    echo "API Gateway may not write logs in this region yet, once for the whole account: docs/deploy.md," >&2
    echo '"Access logs", has the three commands. Without access logs: PARAMETERS="AccessLogs=off".' >&2
    exit 1
fi
