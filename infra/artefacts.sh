#!/usr/bin/env bash
# The bucket that deployments take their packages from; `make deploy` calls it.
#   artefacts.sh ready <bucket> <account>   make it, or see that it is this account's; say what holds in it
#   artefacts.sh deployed <stack>           where the package lies that a stack runs; nothing without a stack
#   artefacts.sh superseded <old> <new>     let the old one expire, and not the new one
set -euo pipefail
AWS=${AWS:-aws}

# Only what no stack runs any more expires: CloudFormation fetches a package again when it rolls back.
LIFECYCLE='{"Rules": [
 {"ID": "superseded", "Status": "Enabled", "Expiration": {"Days": 90},
  "Filter": {"Tag": {"Key": "superseded", "Value": "yes"}}},
 {"ID": "unfinished", "Status": "Enabled", "Filter": {"Prefix": ""},
  "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]}'

ready() {
    local bucket=$1 account=$2 answer
    # Its name can be guessed: a stranger's bucket of this name would hand us a stranger's code.
    if ! answer=$($AWS s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" 2>&1); then
        if [[ $answer != *"(404)"* ]]; then
            echo "The bucket $bucket is not this account's, or may not be used: $answer" >&2
            echo "Name another one: make deploy ARTEFACTS=<bucket> …" >&2
            exit 1
        fi
        $AWS s3 mb "s3://$bucket"
    fi
    $AWS s3api put-bucket-lifecycle-configuration --bucket "$bucket" --expected-bucket-owner "$account" \
        --lifecycle-configuration "$LIFECYCLE"
    $AWS s3api put-bucket-policy --bucket "$bucket" --expected-bucket-owner "$account" --policy "$(policy "$bucket")"
}

policy() {
    local partition=aws
    case ${AWS_REGION:-} in cn-*) partition=aws-cn ;; us-gov-*) partition=aws-us-gov ;; esac
    cat <<POLICY
{"Version": "2012-10-17", "Statement": [{"Sid": "OnlyOverTls", "Effect": "Deny", "Principal": "*",
 "Action": "s3:*", "Resource": ["arn:$partition:s3:::$1", "arn:$partition:s3:::$1/*"],
 "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
POLICY
}

deployed() {
    $AWS cloudformation get-template --stack-name "$1" --template-stage Processed --output text \
        --query "TemplateBody.Resources.APIHandler.Properties.Code.join('/', ['s3:/', S3Bucket, S3Key])" \
        2>/dev/null || true
}

superseded() {
    local old=$1 new=$2
    if [[ $old == s3://* && $old != "$new" ]]; then
        tag "$old" put-object-tagging --tagging 'TagSet=[{Key=superseded,Value=yes}]'
    fi
    if [[ $new == s3://* ]]; then
        tag "$new" delete-object-tagging
    fi
}

tag() {
    local path=${1#s3://} command=$2
    shift 2
    # One that has expired already needs no tag.
    $AWS s3api "$command" --bucket "${path%%/*}" --key "${path#*/}" "$@" >/dev/null 2>&1 || true
}

"$@"
