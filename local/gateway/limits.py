"""What the deployed gateway and its functions carry, which the laptop's gateway enforces as well."""

from __future__ import annotations

from chalicelib.api.http.limits import FUNCTION_PAYLOAD_BYTES, MEGABYTE

REQUEST_LIMIT = 10 * MEGABYTE
"""Of API Gateway, on the body as it comes in."""
PAYLOAD_LIMIT = FUNCTION_PAYLOAD_BYTES
"""Of Lambda, on the event and on the reply: JSON, with bodies in base64, a third larger."""
TIME_LIMIT_SECONDS = 29.0
"""Of API Gateway."""
