"""The services, over the real adapters or over a test's fakes, each built when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.bootstrap.adapters import Adapters
from chalicelib.bootstrap.built import built
from chalicelib.config import Config

if TYPE_CHECKING:
    from chalicelib.adapters.persist.embedded import EmbeddedPersist
    from chalicelib.ports.services import TokenVerifier
    from chalicelib.services.audit import Audit
    from chalicelib.services.catalogue.browse import Browse
    from chalicelib.services.catalogue.delete_images import DeleteImages
    from chalicelib.services.catalogue.receipts import Receipts
    from chalicelib.services.health import CheckHealth
    from chalicelib.services.intake.accept_files import AcceptFiles
    from chalicelib.services.intake.claim import ClaimUpload
    from chalicelib.services.intake.ingest import Ingest
    from chalicelib.services.intake.upload_sessions import UploadSessions
    from chalicelib.services.large_replies import LargeReplies
    from chalicelib.services.sweep.run import Sweep

POOL_THREADS = 24
"""For waits, not for work: puts and copies of files that are under way at once."""


class Services:
    """The services of one container.

    `ports`: the real adapters unless given. `executor` carries out what waits: threads unless given.
    """

    def __init__(
        self,
        config: Config,
        ports: Adapters | None = None,
        now: Callable[[], datetime] | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.config = config
        self._ports = ports or Adapters(config)
        self._given_clock = now
        self._executor = executor

    @built
    def _now(self) -> Callable[[], datetime]:
        return self._given_clock or self._ports.now

    @property
    def tokens(self) -> TokenVerifier:
        """Who a token belongs to."""
        return self._ports.tokens

    @built
    def accept_files(self) -> AcceptFiles:
        """Create and update."""
        from chalicelib.services.intake.accept_files import AcceptFiles

        return AcceptFiles(
            store=self._ports.store,
            datasets=self._ports.datasets,
            receipts=self._ports.receipts,
            pool=self._pool,
            layout=self.config.layout,
            wait_seconds=self.config.wait_seconds,
            now=self._now,
        )

    @built
    def browse(self) -> Browse:
        """List, details and URLs."""
        from chalicelib.services.catalogue.browse import Browse

        ports = self._ports
        return Browse(datasets=ports.datasets, images=ports.images, receipts=ports.receipts, pool=self._pool)

    @built
    def delete_images(self) -> DeleteImages:
        """Delete."""
        from chalicelib.services.catalogue.delete_images import DeleteImages

        return DeleteImages(
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            browse=self.browse,
            layout=self.config.layout,
            now=self._now,
        )

    @built
    def upload_sessions(self) -> UploadSessions:
        """The way in for large uploads."""
        from chalicelib.services.intake.upload_sessions import UploadSessions

        return UploadSessions(
            store=self._ports.store,
            datasets=self._ports.datasets,
            receipts=self._ports.receipts,
            sessions=self._ports.sessions,
            layout=self.config.layout,
            max_file_bytes=self.config.max_file_bytes,
            now=self._now,
        )

    @built
    def receipts(self) -> Receipts:
        """What became of every upload."""
        from chalicelib.services.catalogue.receipts import Receipts

        return Receipts(
            store=self._ports.store,
            receipts=self._ports.receipts,
            trigger=self._ports.trigger,
            pool=self._pool,
        )

    @built
    def audit(self) -> Audit:
        """Who did what."""
        from chalicelib.services.audit import Audit

        return Audit(store=self._ports.audit, now=self._now)

    @built
    def health(self) -> CheckHealth:
        """Which dependencies answer."""
        from chalicelib.services.health import CheckHealth

        return CheckHealth(
            store=self._ports.store,
            datasets=self._ports.datasets,
            pool=self._pool,
            layout=self.config.layout,
        )

    @built
    def large_replies(self) -> LargeReplies:
        """Replies too large to return."""
        from chalicelib.services.large_replies import LargeReplies

        return LargeReplies(store=self._ports.store, layout=self.config.layout)

    @built
    def persisted_files(self) -> EmbeddedPersist:
        """The files that the embedded persist store serves, also after another service took over."""
        from chalicelib.adapters.persist.embedded import EmbeddedPersist

        return EmbeddedPersist(self._ports.store, self.config.layout)

    @built
    def ingest(self) -> Ingest:
        """What happens to every object that comes in."""
        from chalicelib.imaging.inspect import InspectionLimits
        from chalicelib.services.intake.ingest import Ingest
        from chalicelib.services.intake.place_files import ImageFiles

        files = ImageFiles(
            store=self._ports.store,
            images=self._ports.images,
            receipts=self._ports.receipts,
            persist=self._ports.persist,
            pool=self._pool,
            layout=self.config.layout,
        )
        return Ingest(
            claims=self.claims,
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            receipts=self._ports.receipts,
            files=files,
            layout=self.config.layout,
            max_file_bytes=self.config.max_file_bytes,
            inspection_limits=InspectionLimits(max_pixels=self.config.max_pixels),
            now=self._now,
        )

    @built
    def claims(self) -> ClaimUpload:
        """Which receipt an object belongs to."""
        from chalicelib.services.intake.claim import ClaimUpload

        return ClaimUpload(
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            receipts=self._ports.receipts,
            bucket=self.config.bucket,
            layout=self.config.layout,
            drop_user=self.config.drop_user,
            now=self._now,
        )

    @built
    def sweep(self) -> Sweep:
        """What finishes that which events, crashes or dependencies left undone."""
        from chalicelib.bootstrap.sweep import build_sweep

        return build_sweep(
            self.config,
            self._ports,
            self._now,
            claims=self.claims,
            ingest=self.ingest,
            delete_images=self.delete_images,
        )

    @built
    def _pool(self) -> Executor:
        return self._executor or ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="nebula")
