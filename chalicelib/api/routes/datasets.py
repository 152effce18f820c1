"""Routes that read datasets: list, details, CSV download."""

from __future__ import annotations

from collections.abc import Iterator

from chalice.app import Blueprint

from chalicelib.api.bodies.datasets import (
    DatasetListReply,
    DetailsReply,
    DetailsRequest,
    DownloadRequest,
    ListRequest,
)
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call, presenter_of
from chalicelib.api.http.endpoint import Success, endpoint
from chalicelib.api.http.parsing import JsonBody, Query
from chalicelib.api.http.responses import Reply
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import DatasetNotFound
from chalicelib.domain.users import Role

routes = Blueprint(__name__)

CSV_TYPE = "text/csv; charset=utf-8"
CSV = Success(
    200,
    "One line with the columns' names, `url` unless told otherwise, then a line per image in upload order.",
    (CSV_TYPE,),
    ("Content-Disposition",),
)


@routes.route("/dataset/list", methods=["GET"], content_types=[])
@endpoint(Role.VIEWER, Query(ListRequest), ignores_unknown_keys=True)
def list_datasets(call: Call, asked: ListRequest) -> DatasetListReply:
    """List all datasets with their totals, oldest first."""
    page = call.services.browse.datasets(asked.page)
    return presenter_of(call).dataset_list(page)


@routes.route("/dataset/details", methods=["POST"], content_types=[])
@endpoint(Role.VIEWER, JsonBody(DetailsRequest), raises=(DatasetNotFound,), ignores_unknown_keys=True)
def get_dataset_details(call: Call, asked: DetailsRequest) -> DetailsReply:
    """Show a dataset and its images, in upload order."""
    details = call.services.browse.details(asked.dataset, asked.page)
    record(call, Action.DETAILS, asked.dataset)
    return presenter_of(call).details(details)


@routes.route("/dataset/download", methods=["POST"], content_types=[])
@endpoint(
    Role.VIEWER,
    JsonBody(DownloadRequest),
    gives=(CSV,),
    raises=(DatasetNotFound,),
    ignores_unknown_keys=True,
)
def download_dataset(call: Call, asked: DownloadRequest) -> Reply:
    """Download the URLs of a dataset's images as CSV, with their names if `columns` says so."""
    lines = _lines(call, asked)
    record(call, Action.DOWNLOAD, asked.dataset)
    file_name = f"Table-{asked.dataset}.csv"
    return Reply(
        lines,
        CSV_TYPE,
        file_name,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _lines(call: Call, asked: DownloadRequest) -> Iterator[bytes]:
    presenter, browse = presenter_of(call), call.services.browse
    if asked.columns is None:
        return presenter.csv(browse.urls(asked.dataset))
    return presenter.csv_of(asked.columns, browse.links(asked.dataset))
