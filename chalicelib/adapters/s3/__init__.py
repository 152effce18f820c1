"""S3: the store, its client, its faults, its metadata."""
