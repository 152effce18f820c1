"""Objects in the intake that no event came for, and settled ones that were not removed.

Whatever an attempt was made on has a receipt, and is found by it (`open_uploads`). What no event ever
came for can be found by listing alone. `incoming/` holds what is under way, and is listed whole. The
drop folder holds all of a month: each sweep walks a slice of it, and the next one goes on there. A
slice grows with what is new, never with what is there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.ids import ImageId, ReceiptId
from chalicelib.domain.layout import Layout
from chalicelib.domain.leftovers import ReceiptProgress
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.upkeep import CursorStore, LeftoverStore
from chalicelib.services.intake.claim import ClaimUpload
from chalicelib.services.intake.ingest import Ingest
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step

LOOKED_UP_AT_ONCE = 1_000
"""As many as one page of a listing holds."""
SLICE = 10_000
"""How many objects of the drop folder a sweep looks at: ten pages, two or three seconds on AWS."""
WALKED_PER_NEW, RECENT = 3, timedelta(minutes=10)
"""Of a busy folder as many for each upload that has begun lately, as sweeps lie ten minutes apart: so the
walk comes round three times while a dropped file lies there, at whatever rate they come."""
WALK = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedObjects:
    """Objects without a receipt, or put again since it ended, and settled ones still under `incoming/`.

    The repair is the ingest itself: it knows what has been done, and does the rest.
    """

    name: ClassVar[str] = "objects that were not ingested to the end"

    store: ObjectStore
    leftovers: LeftoverStore
    cursors: CursorStore
    claims: ClaimUpload
    ingest: Ingest
    layout: Layout

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        objects = self.store.list(self.layout.incoming)
        while batch := list(islice(objects, LOOKED_UP_AT_ONCE)):
            yield from self._among(batch, horizon)
            yield Checkpoint()
        yield from self._round(horizon)

    def _round(self, horizon: Horizon) -> Iterator[Step]:
        """A slice of the drop folder from where the last one ended, round its end; or all of it."""
        start, limit = self.cursors.get(WALK), self._slice(horizon)
        seen = yield from self._walk(islice(self.store.list(self.layout.drop, start), limit), horizon)
        if limit is not None and seen == limit:
            return
        yield Checkpoint(partial(self.cursors.put, WALK, ""))
        if start:
            rest = None if limit is None else limit - seen
            before = _up_to(start, self.store.list(self.layout.drop))
            yield from self._walk(islice(before, rest), horizon)

    def _slice(self, horizon: Horizon) -> int | None:
        """How many objects to look at; None: all of them."""
        if horizon.whole:
            return None
        return max(SLICE, WALKED_PER_NEW * self.leftovers.begun_since(horizon.events - RECENT))

    def _walk(self, objects: Iterator[ObjectVersion], horizon: Horizon) -> Generator[Step, None, int]:
        """Look at objects of the drop folder and keep how far; returns how many there were."""
        seen = 0
        while batch := list(islice(objects, LOOKED_UP_AT_ONCE)):
            seen += len(batch)
            yield from self._among(batch, horizon)
            yield Checkpoint(partial(self.cursors.put, WALK, batch[-1].key))
        return seen

    def _among(self, batch: Sequence[ObjectVersion], horizon: Horizon) -> Iterator[Finding]:
        old = [version for version in batch if version.at <= horizon.events]
        identified = [(version, self.claims.receipt_id(version)) for version in old]
        uploads = [(version, receipt_id) for version, receipt_id in identified if receipt_id is not None]
        progress = self.leftovers.progress([receipt_id for _, receipt_id in uploads])
        live = self._live_among_put_again(uploads, progress)
        for version, receipt_id in uploads:
            problem = self._problem(version, progress.get(receipt_id), live)
            if problem is not None:
                yield Finding(version.key, problem, partial(self._finish, version))

    def _live_among_put_again(
        self,
        uploads: Sequence[tuple[ObjectVersion, ReceiptId]],
        progress: dict[ReceiptId, ReceiptProgress],
    ) -> set[ImageId]:
        """Of stored uploads whose object is newer than their end: those whose image is still there."""
        newer = [
            progress[receipt_id].image_id
            for version, receipt_id in uploads
            if receipt_id in progress and _is_newer(version, progress[receipt_id])
        ]
        return self.leftovers.live_among(newer) if newer else set()

    def _problem(
        self, version: ObjectVersion, progress: ReceiptProgress | None, live: set[ImageId]
    ) -> str | None:
        is_announced = version.key.startswith(self.layout.incoming)
        if progress is None:
            return "has no receipt"
        if not progress.state.is_final:
            # Whatever was begun is found by its receipt.
            is_awaited = is_announced and progress.state is ReceiptState.EXPECTED
            return f"its receipt is {progress.state}" if is_awaited else None
        if _is_newer(version, progress) and (
            progress.state is ReceiptState.REJECTED or progress.image_id not in live
        ):
            return "was put again"
        if is_announced:
            return f"is {progress.state} and was not removed"
        return None

    def _finish(self, version: ObjectVersion) -> bool:
        outcome = self.ingest.ingest(version, f"sweep-{uuid4().hex}")
        return not outcome.repeated or version.key.startswith(self.layout.incoming)


def _up_to(key: str, objects: Iterator[ObjectVersion]) -> Iterator[ObjectVersion]:
    """The first objects, up to this one: keys are not compared, since SeaweedFS has an order of its own."""
    for version in objects:
        yield version
        if version.key == key:
            return


def _is_newer(version: ObjectVersion, progress: ReceiptProgress) -> bool:
    return progress.finished_at is not None and version.at > progress.finished_at
