"""AWS around the built package: its runtime, its gateway and its events, on this machine.

`server` is Lambda's Runtime API, and `process` a function that AWS's own client, `awslambdaric`, runs
against it; `gateway` is API Gateway as the template sets it up; `events` are the events of S3, SQS
and EventBridge, `notifications` the bucket's. All is written after AWS's published documents: it
shows faults of ours, not of AWS.
"""
