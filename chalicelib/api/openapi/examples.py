"""Examples for the API's description: those of the published page, as values of the declared types.

An example that no longer fits its type does not get past the type checker, or the tests.
"""

from __future__ import annotations

import msgspec

from chalicelib.api.bodies.audit import AuditRecordReply, AuditReply
from chalicelib.api.bodies.datasets import (
    DatasetList,
    DatasetListReply,
    DatasetRow,
    Details,
    DetailsReply,
    DetailsRequest,
    DownloadRequest,
    ImageRow,
)
from chalicelib.api.bodies.deletion import DeleteRequest, DeletionReply
from chalicelib.api.bodies.description import StartReply
from chalicelib.api.bodies.health import HealthReply
from chalicelib.api.bodies.receipts import ReceiptReply, ReceiptsReply, RetryReply, RetryRequest
from chalicelib.api.bodies.sessions import (
    AnnouncedFile,
    AnnounceReply,
    AnnounceRequest,
    FileStateReply,
    RequestedFileReply,
    SessionReply,
)
from chalicelib.api.bodies.uploads import Failure, UploadReply
from chalicelib.api.http.errors import (
    MethodNotAllowed,
    RangeNotSatisfiable,
    RequestTooLarge,
    RouteNotFound,
    UnsupportedMediaType,
)
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import (
    DatasetNameTaken,
    DatasetNotFound,
    FileNotFound,
    InsufficientRole,
    InvalidForm,
    InvalidJson,
    InvalidName,
    InvalidParameters,
    InvalidToken,
    RequestError,
    TransientFault,
    UploadNotFound,
)
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.users import Role

_DATASET_ID = "60a615cba968f97e6ca568f1"
_UPLOAD_ID = "60f6c0d0a968f9132ebf6b01"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PERSIST = "https://preproduction-persist.signzy.tech/api/files/26936493/download/"

_DATASET = DatasetRow(
    unique_id=_DATASET_ID,
    name="Aadhaar Dataset",
    images_count=16414,
    upload_date="2021-05-20 07:54",
    modify_date="2021-05-20 07:54",
    dataset_size="6138.25MB (6.0GB)",
    created_by="vedant",
    pending_count=0,
    rejected_count=2,
)
_IMAGE = ImageRow(
    unique_id="60f96ed7a968f933146bfc15",
    name="PxtaOARjrhTJkWN4tVV2FTRGJJ0nPKyH.png",
    file_size="0.91MB (934.8KB)",
    image_size="3505x2480",
    upload_date="2021-07-22 18:42",
    file_type="PNG",
    uploaded_by="yash",
    url=_PERSIST + "4cac5898807f4daab74bc7ce09aef1f537ed91ac9c8b4cf9903c9e614e1123db.png",
    sha256=_SHA256,
    image_hash="d1c4f0a39b6e27c5",
)

REQUESTS: dict[type[msgspec.Struct], msgspec.Struct] = {
    DetailsRequest: DetailsRequest(id=_DATASET_ID),
    DownloadRequest: DownloadRequest(dataset_id=_DATASET_ID),
    DeleteRequest: DeleteRequest(dataset_id=_DATASET_ID, images_names=[_IMAGE.name]),
    AnnounceRequest: AnnounceRequest(
        dataset_name="Aadhaar Dataset", files=[AnnouncedFile(name="a.jpg", size=481_230, sha256=_SHA256)]
    ),
    RetryRequest: RetryRequest(dataset_id=_DATASET_ID),
}
REPLIES: dict[type[msgspec.Struct], msgspec.Struct] = {
    DatasetListReply: DatasetListReply(DatasetList([_DATASET])),
    DetailsReply: DetailsReply(Details(_DATASET, [_IMAGE])),
    DeletionReply: DeletionReply(_DATASET, [_IMAGE], []),
    UploadReply: UploadReply(
        dataset_id=_DATASET_ID,
        success="10 files uploaded.",
        status=200,
        failed_upload="1",
        success_upload="10",
        failures=[
            Failure("notes.txt", "notes.txt: it is no picture of a known format", RejectionKind.NOT_AN_IMAGE)
        ],
    ),
    AnnounceReply: AnnounceReply(
        upload_id=_UPLOAD_ID,
        dataset_id=_DATASET_ID,
        status=200,
        expires_at="2026-01-31T13:00:00Z",
        files=[
            RequestedFileReply(
                "a.jpg",
                "PUT",
                f"https://bucket.s3.amazonaws.com/incoming/{_DATASET_ID}/{_UPLOAD_ID}/0/a.jpg?X-Amz-Signature=…",
                {"Content-Length": "481230", "Content-Type": "application/octet-stream"},
            )
        ],
    ),
    SessionReply: SessionReply(
        upload_id=_UPLOAD_ID,
        dataset_id=_DATASET_ID,
        expires_at="2026-02-07T12:00:00Z",
        expected=2,
        stored=1,
        rejected=0,
        failed=0,
        pending=1,
        complete=False,
        files=[FileStateReply("a.jpg", "stored"), FileStateReply("b.jpg", "pending")],
    ),
    ReceiptsReply: ReceiptsReply(
        [
            ReceiptReply(
                name="a.jpg",
                source="multipart",
                state="stored",
                reason=None,
                uploaded_by="vedant",
                date="2026-01-31T12:00:00Z",
                dataset_id=_DATASET_ID,
                image_id=_IMAGE.unique_id,
            )
        ]
    ),
    RetryReply: RetryReply(3, 200),
    AuditReply: AuditReply(
        [
            AuditRecordReply(
                date="2026-01-31T12:00:00Z",
                action=Action.DELETE,
                user="vedant",
                role="admin",
                request_id="2f1c1f0e-2d0b-4a52-9a38-1f5a2a1b7a11",
                digest=_SHA256,
                dataset_id=_DATASET_ID,
                names=[_IMAGE.name],
            )
        ]
    ),
    StartReply: StartReply(
        "Nebula",
        "https://data.example.com/nebula/backend/docs",
        "https://data.example.com/nebula/backend/openapi.json",
        "https://data.example.com/nebula/backend/health",
    ),
    HealthReply: HealthReply("ok", "reachable", "reachable", "embedded"),
}
ERRORS: dict[type[Exception], Exception] = {
    type(error): error
    for error in (
        InvalidToken("expired"),
        InsufficientRole(Role.VIEWER, Role.ADMIN),
        InvalidJson("trailing comma"),
        InvalidParameters("Expected `int` >= 1 - at `$.limit`"),
        InvalidForm("no dataset name"),
        InvalidName("", "is blank"),
        DatasetNotFound(_DATASET_ID),
        DatasetNameTaken(_DATASET.name),
        UploadNotFound(_UPLOAD_ID),
        FileNotFound(""),
        RequestTooLarge(),
        UnsupportedMediaType("text/plain", "application/json"),
        RouteNotFound("/nebula/backend/dataset"),
        MethodNotAllowed("PUT", "GET, HEAD, OPTIONS"),
        RangeNotSatisfiable(481_230),
        TransientFault("MongoDB", "no primary"),
    )
}
"""One of each class of errors that a client may meet."""


def example_of(error: type[RequestError]) -> Exception:
    """An error of this class."""
    return ERRORS[error]
