"""The HTTP side: parse a request into typed values, call one service, present what it says."""

BASE_PATH = "/nebula/backend"
"""The published page's base; every route but the persist downloads stands under it."""
