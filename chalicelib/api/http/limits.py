"""How much one request and one reply may carry.

A function takes and returns at most 6 MB, and the gateway hands it bodies in base64, which makes
three bytes four.
"""

from __future__ import annotations

MEGABYTE = 1024 * 1024
FUNCTION_PAYLOAD_BYTES = 6 * MEGABYTE
ENVELOPE_BYTES = 64 * 1024
"""What headers and the JSON around a body may take of the payload, generously."""
MAX_BODY_BYTES = (FUNCTION_PAYLOAD_BYTES - ENVELOPE_BYTES) // 4 * 3
"""The largest body, before base64, of a request or a reply."""
BODY_LIMIT = f"{MAX_BODY_BYTES * 10 // MEGABYTE / 10} MB ({MAX_BODY_BYTES:,} bytes)"
"""The same as everybody reads it, rounded down: who stays below it is let in, whatever an MB is to them."""
WORTH_COMPRESSING_BYTES = 1024
"""Below this a reply fits one network packet as it is."""
MAX_FORM_FILES = 1000
MAX_FORM_FIELDS = 20
"""Text parts beside the files; the name is the only one that is read."""
MAX_PART_HEADER_BYTES = 16 * 1024
"""Room for any file name that a client sends: one that is too long fails alone, not its form."""
