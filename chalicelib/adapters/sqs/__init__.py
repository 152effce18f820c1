"""SQS: the queues that ingest is fed from."""
