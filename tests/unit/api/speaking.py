"""A client's side of HTTP: requests with a token, forms, and what an error looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chalice.test import Client, HTTPResponse

from testing.photos import photo_jpeg

BASE = "/nebula/backend"
BOUNDARY = "a-boundary"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
DATASET_ID = "60f6c0d0a968f9132ebf6b00"
UNKNOWN_ID = "60f6c0d0a968f9132ebf6bff"
FILE_ID = "26936493"
FILE_NAME = "4cac" * 16 + ".png"
FILE_PATH = f"/api/files/{FILE_ID}/download/{FILE_NAME}"
PHOTO = photo_jpeg(1, 64, 48)


@dataclass(frozen=True)
class Api:
    """Sends requests; `token` is that of an admin unless told otherwise, None for no token."""

    client: Client

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        token: str | None = "Bearer admin-token",  # noqa: S107 - the fake verifier knows it
        headers: dict[str, str] | None = None,
    ) -> HTTPResponse:
        """One request, below the published base unless the path is absolute in `/api`."""
        full_path = path if path.startswith("/api/") else BASE + path
        authorization = {"Authorization": token} if token is not None else {}
        all_headers = {"Host": "nebula.test", **authorization, **(headers or {})}
        return self.client.http.request(method, full_path, headers=all_headers, body=body)

    def get(self, path: str, **kwargs: Any) -> HTTPResponse:
        """A GET."""
        return self.send("GET", path, **kwargs)

    def post(self, path: str, value: object, **kwargs: Any) -> HTTPResponse:
        """A POST of JSON."""
        return self.post_raw(path, json.dumps(value).encode(), **kwargs)

    def post_raw(
        self, path: str, body: bytes, content_type: str | None = "application/json", **kwargs: Any
    ) -> HTTPResponse:
        """A POST of a body as it is."""
        headers = {"Content-Type": content_type} if content_type is not None else {}
        return self.send(
            "POST", path, body, headers={**headers, **(kwargs.pop("headers", None) or {})}, **kwargs
        )

    def post_form(self, path: str, *parts: bytes, **kwargs: Any) -> HTTPResponse:
        """A POST of a multipart form."""
        return self.post_raw(path, a_form(*parts), FORM_TYPE, **kwargs)


def a_form(*parts: bytes) -> bytes:
    """A multipart body of these parts."""
    delimiter = b"--" + BOUNDARY.encode()
    return b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"


def text_part(name: str, value: str | bytes) -> bytes:
    """A text field."""
    content = value.encode() if isinstance(value, str) else value
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content


def file_part(file_name: str, content: bytes = PHOTO, field: str = "Image(s)") -> bytes:
    """A file as browsers send it: its name in UTF-8."""
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="{file_name}"\r\n'
    return disposition.encode() + b"Content-Type: image/jpeg\r\n\r\n" + content


def assert_error(response: HTTPResponse, status: int, message: str, name: str) -> None:
    """The response is this error, in the contract's shape, and of nothing else."""
    body = response.json_body
    assert response.status_code == status, response.body
    assert {key: body[key] for key in ("message", "status", "name")} == {
        "message": message,
        "status": status,
        "name": name,
    }
    assert_error_shape(response)


def assert_error_shape(response: HTTPResponse) -> None:
    """The body is the one error shape and agrees with the HTTP status."""
    body = response.json_body
    assert {"message", "status", "name", "requestID"} <= set(body), body
    assert set(body) <= {"message", "status", "name", "requestID", "detail"}, body
    assert body["status"] == response.status_code
    assert body["requestID"]
    assert body["requestID"] == response.headers["X-Request-ID"]
    assert response.headers["Content-Type"] == "application/json"
