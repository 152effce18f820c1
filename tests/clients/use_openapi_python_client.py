"""Use a client that openapi-python-client generated: `use_openapi_python_client.py URL TOKEN NAME PHOTO`."""

from __future__ import annotations

import json
import sys
import time
from io import BytesIO
from pathlib import Path

import httpx
from nebula_client import AuthenticatedClient
from nebula_client.api.datasets import download_dataset, get_dataset_details
from nebula_client.api.sessions import announce_files, get_session
from nebula_client.api.uploads import create_dataset
from nebula_client.models import (
    AnnouncedFile,
    AnnounceRequest,
    CreateDatasetBody,
    DetailsRequest,
    DetailsRequestSortType0,
    DownloadRequest,
)
from nebula_client.types import File


def main(url: str, token: str, name: str, photo: bytes) -> dict[str, object]:
    """What the client got."""
    client = AuthenticatedClient(base_url=url, token=token, timeout=httpx.Timeout(60))
    files = [File(BytesIO(photo), f"p{n}.jpg", "image/jpeg") for n in range(3)]
    created = create_dataset.sync(client=client, body=CreateDatasetBody(dataset_name=name, images=files))
    descending = DetailsRequestSortType0("-name")
    asked = DetailsRequest(id=created.dataset_id, limit=2, search="P", sort=descending)
    first = get_dataset_details.sync(client=client, body=asked).result
    asked.cursor = first.next_cursor
    second = get_dataset_details.sync(client=client, body=asked).result
    csv = download_dataset.sync(client=client, body=DownloadRequest(dataset_id=created.dataset_id))
    return {
        "created": created.success_upload,
        "pages": [[row.name for row in page.dataset_detils_rows] for page in (first, second)],
        "csv": csv.splitlines(),
        "session": _session(client, created.dataset_id, photo),
    }


def _session(client: AuthenticatedClient, dataset_id: str, photo: bytes) -> dict[str, int]:
    body = AnnounceRequest(dataset_id=dataset_id, files=[AnnouncedFile(name="s.jpg", size=len(photo))])
    announced = announce_files.sync(client=client, body=body)
    for file in announced.files:
        reply = httpx.request(file.method, file.url, headers=file.headers.to_dict(), content=photo)
        reply.raise_for_status()
    end = time.monotonic() + 60
    while not (state := get_session.sync(announced.upload_id, client=client)).complete:
        assert time.monotonic() < end, state
        time.sleep(0.1)
    return {"stored": state.stored, "rejected": state.rejected}


if __name__ == "__main__":
    url, token, name, photo = sys.argv[1:]
    json.dump(main(url, token, name, Path(photo).read_bytes()), sys.stdout)
