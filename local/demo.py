"""`make demo`: a few dozen made-up photos, some broken, by each way into a running stack.

It does what a user's own script would: it speaks HTTP and S3 with what `dev.env` says, and nothing
else.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from local.engines.s3_client import s3_of
from local.environment import read_dev_env
from local.errors import LaptopError
from local.home import Home
from testing.client import Bucket, NebulaClient
from testing.photos import animated, photo_jpeg, photo_png, photo_tiff, photo_webp

File = tuple[str, bytes]
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack as `dev.env` describes it."""

    api: NebulaClient
    bucket: Bucket

    @classmethod
    def of_home(cls, home: Home) -> Stack:
        """The stack of a home.

        Raises:
            LaptopError: it does not run.
        """
        variables = read_dev_env(home.dev_env)
        stack = cls(
            NebulaClient(variables["NEBULA_URL"], f"Bearer {variables['NEBULA_TOKEN']}"),
            Bucket(s3_of(variables), variables["NEBULA_BUCKET"]),
        )
        try:
            stack.call("GET", "/health")
        except requests.ConnectionError as error:
            raise LaptopError(
                f"Nothing answers at {stack.api.url}: start the stack with `make run`."
            ) from error
        return stack

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Call a route; its reply as JSON."""
        reply = self.api.send(method, path, **options)
        if not reply.ok:
            raise LaptopError(f"{method} {path} answered {reply.status_code}: {reply.text[:300]}")
        return dict(reply.json())


def main() -> int:
    """Run the demo; the exit code."""
    try:
        stack = Stack.of_home(Home.from_env(os.environ))
        name = f"Demo {time.strftime('%Y-%m-%d %H:%M:%S')}"
        _multipart(stack, name)
        _session(stack, name)
        _drop(stack, name)
        _show(stack, name)
    except LaptopError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _multipart(stack: Stack, name: str) -> None:
    files = [
        *_photos(0, 8),
        ("cut in half.jpg", photo_jpeg(8, 640, 480)[:12_000]),
        ("notes.jpg", b"no pixels"),
    ]
    reply = stack.call(
        "POST", "/dataset/create", data={"Dataset Name": name}, files=[("Image(s)", file) for file in files]
    )
    print(f"multipart   {len(files)} files: {reply['success']} {reply['failedUpload']} rejected.")


def _session(stack: Stack, name: str) -> None:
    files = _photos(10, 8)
    body = {"datasetName": name, "files": [{"name": file, "size": len(data)} for file, data in files]}
    announced = stack.call("POST", "/dataset/uploads", json=body)
    for (_, data), request in zip(files, announced["files"], strict=True):
        put = requests.request(
            request["method"], request["url"], headers=request["headers"], data=data, timeout=60
        )
        put.raise_for_status()
    status = _until(
        lambda: stack.call("GET", f"/dataset/uploads/{announced['uploadID']}"),
        lambda reply: reply["complete"],
    )
    print(f"session     {len(files)} files: {status['stored']} stored, {status['rejected']} rejected.")


def _drop(stack: Stack, name: str) -> None:
    files = [
        *_photos(20, 16),
        ("scan.png", photo_png(40, 800, 600)),
        ("small.webp", photo_webp(41)),
        ("fax.tif", photo_tiff(42)),
        ("moving.gif", animated("GIF")),
        ("empty.jpg", b""),
    ]
    for file, data in files:
        stack.bucket.put(f"drop/{name}/camera 1/{file}", data)
    dataset = _find(stack, name)["uniqueID"]
    drops = _until(lambda: _dropped(stack, dataset), lambda receipts: _are_settled(receipts, len(files)))
    stored = sum(receipt["state"] == "stored" for receipt in drops)
    print(f"drop folder {len(files)} files: {stored} stored, {len(drops) - stored} rejected.")


def _show(stack: Stack, name: str) -> None:
    row = _find(stack, name)
    rejected = stack.call("GET", f"/dataset/receipts?datasetID={row['uniqueID']}&state=rejected")["receipts"]
    print(f"\nThe dataset {name!r} has {row['imagesCount']} images, {row['datasetSize'].strip()}.")
    print("Rejected, and kept under rejected/ in the bucket:")
    for receipt in rejected:
        print(f"  {receipt['reason']}")
    details = stack.call("POST", "/dataset/details", json={"id": row["uniqueID"], "limit": 1})
    print("\nLook at it:")
    print(f"  an image   {details['result']['datasetDetilsRows'][0]['url']}")
    mirror = f"s3://{stack.bucket.name}/trove/{quote(name, safe='')}/"
    print(f"""  the mirror .venv/bin/aws --endpoint-url "$AWS_ENDPOINT_URL_S3" s3 ls '{mirror}'""")
    body = f'{{"datasetID": "{row["uniqueID"]}"}}'
    print(
        '  all URLs   curl -H "Authorization: $NEBULA_TOKEN" -H "Content-Type: application/json" '
        f"-d '{body}' $NEBULA_URL/dataset/download"
    )
    print("after: set -a; . .nebula/dev.env; set +a")


def _photos(seed: int, count: int) -> list[File]:
    return [(f"photo-{n:02d}.jpg", photo_jpeg(n, 640, 480)) for n in range(seed, seed + count)]


def _find(stack: Stack, name: str) -> dict[str, Any]:
    def find() -> list[dict[str, Any]]:
        reply = stack.call("GET", "/dataset/list", params={"search": name})
        return [row for row in reply["result"]["datasetList"] if row["name"] == name]

    return dict(_until(find, bool)[0])


def _dropped(stack: Stack, dataset: str) -> list[dict[str, Any]]:
    receipts = stack.call("GET", f"/dataset/receipts?datasetID={dataset}")["receipts"]
    return [receipt for receipt in receipts if receipt["source"] == "drop"]


def _are_settled(receipts: Sequence[dict[str, Any]], count: int) -> bool:
    return len(receipts) == count and all(row["state"] in ("stored", "rejected") for row in receipts)


def _until(ask: Callable[[], Any], is_enough: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + WAIT_SECONDS
    while not is_enough(answer := ask()):
        if time.monotonic() > end:
            raise LaptopError(f"After {WAIT_SECONDS:.0f} s the stack still said: {answer}")
        time.sleep(0.2)
    return answer


if __name__ == "__main__":
    sys.exit(main())
