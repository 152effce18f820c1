"""What the person at the terminal has to read; printed without a traceback."""

from __future__ import annotations


class LaptopError(Exception):
    """The laptop stack cannot do what was asked; the message says why and what to do."""


class ServiceFailed(LaptopError):
    """A process of the stack did not come up."""

    def __init__(self, name: str, why: str, advice: str) -> None:
        super().__init__(f"{name} cannot start: {why}\n{advice}")
        self.name = name


class Interrupted(Exception):
    """Somebody asked the stack to stop while it was starting."""
