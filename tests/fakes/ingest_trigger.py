"""The start of the ingest function, noted down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib.domain.uploads import ObjectVersion

from .faults import Faults, SwitchedStore, port_method


class FakeIngestTrigger(SwitchedStore):
    """An `IngestTrigger`; `on_trigger` is told of each object, `triggered` keeps them all."""

    port = "trigger"

    def __init__(
        self,
        *,
        on_trigger: Callable[[ObjectVersion], None] | None = None,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(faults)
        self.triggered: list[ObjectVersion] = []
        self.on_trigger = on_trigger

    @port_method
    def trigger(self, versions: Sequence[ObjectVersion]) -> None:
        self.triggered.extend(versions)
        if self.on_trigger is not None:
            for version in versions:
                self.on_trigger(version)
