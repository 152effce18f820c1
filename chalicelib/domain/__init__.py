"""The rules: they know no HTTP, no S3 and no MongoDB."""
