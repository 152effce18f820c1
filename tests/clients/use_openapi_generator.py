"""Use a client that openapi-generator generated: `use_openapi_generator.py URL TOKEN NAME PHOTO`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import openapi_client
import urllib3


def main(url: str, token: str, name: str, photo: bytes) -> dict[str, object]:
    """What the client got."""
    configuration = openapi_client.Configuration(host=url, access_token=token)
    with openapi_client.ApiClient(configuration) as client:
        datasets = openapi_client.DatasetsApi(client)
        files = [(f"p{n}.jpg", photo) for n in range(3)]
        created = openapi_client.UploadsApi(client).create_dataset(name, files)
        asked = openapi_client.DetailsRequest(id=created.dataset_id, limit=2, search="P", sort="-name")
        first = datasets.get_dataset_details(asked).result
        asked.cursor = first.next_cursor
        second = datasets.get_dataset_details(asked).result
        csv = datasets.download_dataset(openapi_client.DownloadRequest(datasetID=created.dataset_id))
        return {
            "created": created.success_upload,
            "pages": [[row.name for row in page.dataset_detils_rows] for page in (first, second)],
            "csv": csv.splitlines(),
            "session": _session(client, created.dataset_id, photo),
        }


def _session(client: openapi_client.ApiClient, dataset_id: str, photo: bytes) -> dict[str, int]:
    sessions = openapi_client.SessionsApi(client)
    announced = sessions.announce_files(
        openapi_client.AnnounceRequest(
            datasetID=dataset_id, files=[openapi_client.AnnouncedFile(name="s.jpg", size=len(photo))]
        )
    )
    for file in announced.files:
        reply = urllib3.request(file.method, file.url, headers=file.headers, body=photo)
        assert reply.status == 200, reply.data
    end = time.monotonic() + 60
    while not (state := sessions.get_session(announced.upload_id)).complete:
        assert time.monotonic() < end, state
        time.sleep(0.1)
    return {"stored": state.stored, "rejected": state.rejected}


if __name__ == "__main__":
    url, token, name, photo = sys.argv[1:]
    json.dump(main(url, token, name, Path(photo).read_bytes()), sys.stdout)
