"""The services as the HTTP side sees them: fixed answers, a note of what was asked, a fault switch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from chalicelib.bootstrap import Services
from chalicelib.config import LAPTOP_STAGE, Config, TokenConfig
from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound, FileNotFound
from chalicelib.domain.formats import Format
from chalicelib.domain.model import (
    Dataset,
    DatasetId,
    DatasetSummary,
    DatasetTotals,
    Image,
    ImageId,
    ListedImage,
    ObjectKey,
    ObjectVersion,
    PersistedFile,
    ReceiptId,
    User,
)
from chalicelib.domain.paging import Cursor, Page, PageRequest
from chalicelib.ports import TokenVerifier
from chalicelib.services.accept_files import FileFailure, UploadedFile, UploadOutcome
from chalicelib.services.audit import Audit
from chalicelib.services.browse import DatasetDetails
from chalicelib.services.delete_images import Deletion
from chalicelib.services.health import Health
from chalicelib.services.ingest import IngestOutcome

from .audit import InMemoryAudit
from .clock import utc_now
from .tokens import FakeTokens

DATASET = Dataset(
    DatasetId("60f6c0d0a968f9132ebf6b00"),
    "testRuleSet3",
    "yash",
    datetime(2021, 7, 20, 17, 55, 59, tzinfo=UTC),
)
SUMMARY = DatasetSummary(DATASET, DatasetTotals(images=3, bytes=2_075_853))
PAGED_CURSOR = Cursor("uploadDate", "0001", "60f96ed7a968f933146bfc15")


def an_image(
    name: str = "PxtaOARjrhTJkWN4tVV2FTRGJJ0nPKyH.png",
    number: int = 1,
    url: str = "/api/files/26936493/download/4cac.png",
) -> Image:
    """An image of `DATASET`, as the published page shows its first row."""
    return Image(
        id=ImageId(f"{number:024x}"),
        dataset_id=DATASET.id,
        receipt_id=ReceiptId(f"{number:032x}"),
        name=name,
        order=f"{number:08d}",
        size=957_235,
        format=Format.PNG,
        width=3505,
        height=2480,
        orientation=1,
        sha256=f"{number:064x}",
        perceptual_hash=f"{number:016x}",
        suspect=None,
        persisted=PersistedFile("26936493", url),
        trove_key=ObjectKey(f"trove/testRuleSet3/{name}"),
        uploaded_by="yash",
        uploaded_at=datetime(2021, 7, 22, 18, 42, tzinfo=UTC),
    )


class Fallible:
    """Base of the fakes: `fault`, once set, is what every call raises."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.asked: list[tuple[object, ...]] = []

    def _note(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.fault is not None:
            raise self.fault


class FakeBrowse(Fallible):
    """Knows `DATASET` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.images = [an_image()]

    def datasets(self, request: PageRequest) -> Page[DatasetSummary]:
        self._note(request)
        return Page([SUMMARY], PAGED_CURSOR if request.limit else None)

    def details(self, dataset_id: DatasetId, request: PageRequest) -> DatasetDetails:
        self._note(dataset_id, request)
        self._require(dataset_id)
        return DatasetDetails(
            SUMMARY,
            Page([ListedImage.of(image) for image in self.images], PAGED_CURSOR if request.limit else None),
        )

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        self._note(dataset_id)
        self._require(dataset_id)
        return (image.persisted.url for image in self.images)

    def _require(self, dataset_id: DatasetId) -> None:
        if dataset_id != DATASET.id:
            raise DatasetNotFound(dataset_id)


class FakeAcceptFiles(Fallible):
    """Stores every file but those named `broken…`; `pending` of them are late."""

    def __init__(self) -> None:
        super().__init__()
        self.pending = 0

    def create(self, dataset_name: str, files: Sequence[UploadedFile], user: User) -> UploadOutcome:
        self._note("create", dataset_name, files, user)
        if dataset_name == DATASET.name:
            raise DatasetNameTaken(dataset_name)
        return self._outcome(files)

    def update(self, dataset_name: str, files: Sequence[UploadedFile], user: User) -> UploadOutcome:
        self._note("update", dataset_name, files, user)
        if dataset_name != DATASET.name:
            raise DatasetNotFound(dataset_name)
        return self._outcome(files)

    def _outcome(self, files: Sequence[UploadedFile]) -> UploadOutcome:
        failures = [FileFailure(file.name, "is no image") for file in files if file.name.startswith("broken")]
        stored = len(files) - len(failures) - self.pending
        return UploadOutcome(DATASET.id, stored, failures, self.pending)

    @property
    def received(self) -> tuple[str, list[UploadedFile]]:
        """The dataset name and the files of the last call."""
        _, name, files, _ = self.asked[-1]
        return cast(str, name), cast("list[UploadedFile]", files)


class FakeDeleteImages(Fallible):
    """Finds the name of `an_image()`, no other."""

    def delete(self, dataset_id: DatasetId, names: Sequence[str]) -> Deletion:
        self._note(dataset_id, list(names))
        if dataset_id != DATASET.id:
            raise DatasetNotFound(dataset_id)
        details = DatasetDetails(SUMMARY, Page([ListedImage.of(an_image("left.png"))]))
        return Deletion(details, [name for name in names if name != an_image().name])


@dataclass(frozen=True, slots=True)
class Published:
    """A body that was put under `exports/`."""

    body: bytes
    file_name: str
    content_type: str
    content_encoding: str | None


class FakeExports(Fallible):
    """Keeps what was published; its URLs are presigned ones in their looks."""

    URL = "https://bucket.s3.test/exports/1?X-Amz-Signature=very-secret"

    def __init__(self) -> None:
        super().__init__()
        self.published: list[Published] = []

    def publish(
        self, body: bytes, *, file_name: str, content_type: str, content_encoding: str | None = None
    ) -> str:
        self._note(file_name)
        self.published.append(Published(body, file_name, content_type, content_encoding))
        return self.URL


class FakePersistedFiles(Fallible):
    """Has the file of `an_image()`."""

    URL = "https://bucket.s3.test/persist/26936493/4cac.png?X-Amz-Signature=very-secret"

    def __init__(self) -> None:
        super().__init__()
        self.body = b"a picture"

    def download_url(self, file_id: str, name: str) -> str:
        self._find(file_id, name)
        return self.URL

    def read(self, file_id: str, name: str, most_bytes: int) -> bytes | None:
        self._find(file_id, name)
        return self.body if len(self.body) <= most_bytes else None

    def _find(self, file_id: str, name: str) -> None:
        self._note(file_id, name)
        if (file_id, name) != ("26936493", "4cac.png"):
            raise FileNotFound(f"{file_id}/{name}")


class FakeHealth:
    """What is reachable is what the test says."""

    def __init__(self) -> None:
        self.health = Health(mongodb=True, bucket=True)

    def check(self) -> Health:
        return self.health


class FakeIngest(Fallible):
    """Settles every object but those in `failing`."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[str, Exception] = {}

    def ingest(self, version: ObjectVersion, owner: str) -> IngestOutcome:
        self._note(version, owner)
        if version.key in self.failing:
            raise self.failing[version.key]
        return IngestOutcome(version.key, "stored", size=version.size)


def a_config(**changes: object) -> Config:
    """A configuration that no test needs the environment for."""
    settings: dict[str, object] = {
        "stage": LAPTOP_STAGE,
        "bucket": "nebula-test",
        "mongodb_uri": "mongodb://nowhere.test/nebula_test",
        "tokens": TokenConfig(secret="s" * 32),
    }
    return Config(**(settings | changes))  # type: ignore[arg-type]


@dataclass
class FakeServices:
    """All services that the HTTP side and the ingest function call."""

    config: Config = field(default_factory=a_config)
    tokens: TokenVerifier = field(default_factory=FakeTokens)
    accept_files: FakeAcceptFiles = field(default_factory=FakeAcceptFiles)
    browse: FakeBrowse = field(default_factory=FakeBrowse)
    delete_images: FakeDeleteImages = field(default_factory=FakeDeleteImages)
    exports: FakeExports = field(default_factory=FakeExports)
    audit: Audit = field(default_factory=lambda: Audit(store=InMemoryAudit(), now=utc_now))
    persisted_files: FakePersistedFiles = field(default_factory=FakePersistedFiles)
    health: FakeHealth = field(default_factory=FakeHealth)
    ingest: FakeIngest = field(default_factory=FakeIngest)

    def as_services(self) -> Services:
        """These fakes as what `bootstrap.use` takes."""
        return cast(Services, self)
