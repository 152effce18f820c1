"""The laptop's API Gateway."""
