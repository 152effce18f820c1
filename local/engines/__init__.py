"""The laptop's engines: MongoDB and the S3 server."""
