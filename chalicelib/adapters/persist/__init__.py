"""The persist file exchange: over HTTP, or embedded in the bucket."""
