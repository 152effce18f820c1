"""Request headers that single routes read, declared once for reading and for the description."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.api.call import Call
from chalicelib.domain.errors import InvalidParameters


@dataclass(frozen=True, slots=True)
class HeaderField:
    """An optional header: its name, how many characters it may have, and what it is for."""

    name: str
    max_length: int
    description: str

    def read(self, call: Call) -> str | None:
        """The header's value; None where it is absent or empty.

        Raises:
            InvalidParameters: it is longer than allowed.
        """
        value = call.header(self.name)
        if len(value) > self.max_length:
            raise InvalidParameters(f"{self.name}: longer than {self.max_length} characters")
        return value or None
