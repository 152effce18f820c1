"""From the domain's values to the published bodies."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import UNSET

from chalicelib.api.bodies.datasets import (
    Column,
    DatasetList,
    DatasetListReply,
    DatasetRow,
    Details,
    DetailsReply,
    ImageRow,
)
from chalicelib.api.bodies.deletion import DeletionReply
from chalicelib.api.bodies.shared import next_cursor
from chalicelib.api.bodies.uploads import Failure, UploadReply
from chalicelib.domain.datasets import DatasetSummary
from chalicelib.domain.images import ImageLink, ListedImage
from chalicelib.domain.names import file_type
from chalicelib.domain.paging import Page
from chalicelib.domain.sizes import dataset_size, file_size

if TYPE_CHECKING:
    from chalicelib.services.catalogue.browse import DatasetDetails
    from chalicelib.services.catalogue.delete_images import Deletion
    from chalicelib.services.intake.accept_files import UploadOutcome

_CSV_BATCH = 1000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Presenter:
    """Presents to one client: dates in the configured zone, paths below the host that it asked."""

    time_zone: ZoneInfo
    base_url: str

    def dataset_list(self, page: Page[DatasetSummary]) -> DatasetListReply:
        """The reply of the dataset list."""
        rows = [self._dataset(summary) for summary in page.rows]
        return DatasetListReply(DatasetList(rows, next_cursor(page)))

    def details(self, details: DatasetDetails) -> DetailsReply:
        """The reply of the dataset details."""
        return DetailsReply(
            Details(
                self._dataset(details.summary),
                self._images(details.images.rows),
                next_cursor(details.images),
            )
        )

    def deletion(self, deletion: Deletion) -> DeletionReply:
        """The reply of a deletion."""
        details = deletion.details
        return DeletionReply(
            self._dataset(details.summary), self._images(details.images.rows), deletion.not_found
        )

    def csv(self, urls: Iterable[str]) -> Iterator[bytes]:
        """The CSV of a dataset's URLs, piece by piece."""
        return _csv(("url",), ((self._url(url),) for url in urls))

    def csv_of(self, columns: Sequence[Column], links: Iterable[ImageLink]) -> Iterator[bytes]:
        """The CSV of a dataset's images with these columns, piece by piece."""
        cells = ({"name": link.name, "url": self._url(link.url)} for link in links)
        return _csv(columns, (tuple(row[column] for column in columns) for row in cells))

    def _dataset(self, summary: DatasetSummary) -> DatasetRow:
        dataset = summary.dataset
        return DatasetRow(
            unique_id=dataset.id,
            name=dataset.name,
            images_count=summary.totals.images,
            upload_date=_date(dataset.created_at, self.time_zone),
            modify_date=_date(summary.modified_at, self.time_zone),
            dataset_size=dataset_size(summary.totals.bytes),
            created_by=dataset.created_by,
            pending_count=summary.not_stored.pending,
            rejected_count=summary.not_stored.rejected,
        )

    def _images(self, images: Iterable[ListedImage]) -> list[ImageRow]:
        date = _DatesInOrder(self.time_zone)
        return [
            ImageRow(
                unique_id=image.id,
                name=image.name,
                file_size=file_size(image.size),
                image_size=f"{image.width}x{image.height}",
                upload_date=date(image.uploaded_at),
                file_type=file_type(image.name, image.format),
                uploaded_by=image.uploaded_by,
                url=self._url(image.url),
                sha256=image.sha256,
                image_hash=image.perceptual_hash,
            )
            for image in images
        ]

    def _url(self, url: str) -> str:
        """An embedded store's URL is a path below whichever host is asked; another's is whole."""
        return self.base_url + url if url.startswith("/") else url


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A CSV with a head, in pieces of many lines.

    Lines end in LF, as the published page shows them: a client that splits at it is left with no
    stray carriage return, and every CSV reader takes both.
    """
    rows = iter(rows)
    batch: list[Sequence[str]] = [columns]
    while batch:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(batch)
        yield text.getvalue().encode()
        batch = list(islice(rows, _CSV_BATCH))


def upload_reply(outcome: UploadOutcome) -> UploadReply:
    """The reply of create and update."""
    return UploadReply(
        dataset_id=outcome.dataset_id,
        success=f"{outcome.stored} files uploaded.",
        status=200,
        failed_upload=str(len(outcome.failures)),
        success_upload=str(outcome.stored),
        failures=[
            Failure(failure.name, failure.reason, failure.code or UNSET) for failure in outcome.failures
        ]
        or UNSET,
        pending_upload=str(outcome.pending) if outcome.pending else UNSET,
    )


def _date(at: datetime, zone: ZoneInfo) -> str:
    return _minute(int(at.timestamp() // 60), zone)


@lru_cache(maxsize=4096)
def _minute(minute: int, zone: ZoneInfo) -> str:
    """`minute` counts from 1970 in UTC."""
    return datetime.fromtimestamp(minute * 60, zone).strftime("%Y-%m-%d %H:%M")


class _DatesInOrder:
    """`_date` for many: photos of one upload share their minutes, and come one after the other."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._begin = self._end = datetime.min.replace(tzinfo=UTC)
        self._text = ""

    def __call__(self, at: datetime) -> str:
        if not self._begin <= at < self._end:
            self._begin = at.replace(second=0, microsecond=0)
            self._end = self._begin + _MINUTE
            self._text = _date(at, self._zone)
        return self._text
