"""The positions of the sweep's walks in memory."""

from __future__ import annotations

from .faults import Faults, SwitchedStore, port_method


class InMemoryCursors(SwitchedStore):
    """A `CursorStore`."""

    port = "cursors"

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self.positions: dict[str, str] = {}

    @port_method
    def get(self, walk: str) -> str:
        return self.positions.get(walk, "")

    @port_method
    def put(self, walk: str, position: str) -> None:
        self.positions[walk] = position
