"""A large intake while the stack is killed under it, and the accounts when all has settled.

Used by the end-to-end tests and by `python -m benchmarks.intake_faults`; it knows only the published
API, S3, and the processes of the stack. The same seed gives the same files and the same faults.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

import psutil
import requests
from botocore.exceptions import BotoCoreError, ClientError

from testing.client import Bucket, NebulaClient, eventually
from testing.persist_server.faults import Fault as PersistFault
from testing.persist_server.faults import Switches
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

Fault = Callable[["Intake"], None]
DATASET = "Faulty intake"
PUTTERS = 4
BROKEN_SHARE = 5
"""Every fifth file is broken."""
SETTLE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way; every name is used once."""

    name: str
    body: bytes = field(repr=False)
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """What became of the files. Each must be one image or one rejection: the last four must be 0.

    `doubles`: files with more than one end. `losses`: with none. `wrong_ends`: good ones rejected,
    broken ones stored, or other bytes. `differences`: between images, totals and trove.
    """

    files: int
    faults: int
    images: int
    rejections: int
    doubles: int
    losses: int
    wrong_ends: int
    differences: tuple[str, ...]

    @property
    def are_in_order(self) -> bool:
        """Whether nothing was lost, doubled or mistaken."""
        return not (self.doubles or self.losses or self.wrong_ends or self.differences)


def make_files(count: int, seed: int) -> list[File]:
    """Small photos of their own, every fifth one cut off at some point."""
    chance = random.Random(seed)
    files = []
    for n in range(count):
        body = photo_jpeg(seed * 100_000 + n, 160, 120)
        is_broken = n % BROKEN_SHARE == BROKEN_SHARE - 1
        if is_broken:
            body = body[: chance.randrange(20, len(body) - 20)]
        files.append(File(f"{n:05d}.jpg", body, is_broken))
    return files


class Intake:
    """Files going into a stack by two ways, the drop folder and an upload session."""

    def __init__(self, stack: LaptopStack, files: list[File]) -> None:
        self.stack = stack
        self.client = NebulaClient(stack.url, stack.token("admin", "admin"))
        self._dropped, self._announced = files[0::2], files[1::2]
        self._files = files
        self._put = 0
        self._progress = threading.Condition()
        self.faults = 0

    def run(self, faults: list[Fault]) -> Accounts:
        """Put the files in as many parts as there are faults, one fault in the middle of each part.

        Whatever of a part is still under way then is put again by its client until it is taken.
        """
        requests_by_name = self._announce()
        puts = [partial(self._drop, file) for file in self._dropped]
        puts += [partial(self._send, file, requests_by_name[file.name]) for file in self._announced]
        random.Random(len(puts)).shuffle(puts)
        with ThreadPoolExecutor(PUTTERS) as pool:
            under_way: list[Future[None]] = []
            for n, fault in enumerate(faults):
                part = puts[n :: len(faults)]
                under_way += [pool.submit(self._counted, put) for put in part]
                self._wait_for(len(under_way) - len(part) // 2)
                fault(self)
                self.faults += 1
            for future in under_way:
                future.result()
        return self._accounts()

    def _announce(self) -> dict[str, dict[str, Any]]:
        declared = [
            {"name": file.name, "size": len(file.body), "sha256": sha256(file.body).hexdigest()}
            for file in self._announced
        ]
        found: dict[str, dict[str, Any]] = {}
        target: dict[str, str] = {"datasetName": DATASET}
        for start in range(0, len(declared), 1_000):
            batch = declared[start : start + 1_000]
            reply = self.client.post("/dataset/uploads", json={**target, "files": batch})
            assert reply.status_code == 200, reply.text
            target = {"uploadID": reply.json()["uploadID"]}
            found |= {file["name"]: file for file in reply.json()["files"]}
        return found

    def _counted(self, put: Callable[[], None]) -> None:
        put()
        with self._progress:
            self._put += 1
            self._progress.notify_all()

    def _wait_for(self, count: int) -> None:
        with self._progress:
            assert self._progress.wait_for(lambda: self._put >= count, 300), f"only {self._put} were put"

    def _drop(self, file: File) -> None:
        """As a sync client does: again until the store has taken it."""

        def put() -> None:
            bucket = Bucket(self.stack.s3(), self.stack.variables["NEBULA_BUCKET"])
            bucket.put(f"drop/{DATASET}/{file.name}", file.body)

        _insist(put)

    def _send(self, file: File, request: Mapping[str, Any]) -> None:
        def put() -> None:
            requests.request(
                request["method"], request["url"], headers=request["headers"], data=file.body, timeout=20
            ).raise_for_status()

        _insist(put)

    def _accounts(self) -> Accounts:
        dataset = eventually(self._settled, lambda found: found is not None, SETTLE_SECONDS)
        assert dataset is not None
        rows = self.client.rows(dataset)
        rejected = Counter(receipt["name"] for receipt in self._receipts(dataset, "rejected"))
        images = Counter(row["name"] for row in rows)
        ends = {file.name: (images[file.name], rejected[file.name]) for file in self._files}
        digests = {row["name"]: row["sha256"] for row in rows}
        wrong = [
            file.name
            for file in self._files
            if ends[file.name] != ((0, 1) if file.is_broken else (1, 0))
            or (not file.is_broken and digests[file.name] != sha256(file.body).hexdigest())
        ]
        return Accounts(
            files=len(self._files),
            faults=self.faults,
            images=len(rows),
            rejections=rejected.total(),
            doubles=sum(sum(end) > 1 for end in ends.values()) + len(images.keys() - ends.keys()),
            losses=sum(sum(end) == 0 for end in ends.values()),
            wrong_ends=len(wrong),
            differences=tuple(self._differences(rows)),
        )

    def _settled(self) -> str | None:
        """The dataset's id, once every file has an end and nothing lies in `incoming/`."""
        try:
            dataset = self.client.datasets()[DATASET]["uniqueID"]
            ends = sum(1 for state in ("stored", "rejected") for _ in self._receipts(dataset, state))
            return dataset if ends >= len(self._files) and not self._bucket().keys("incoming/") else None
        except (requests.RequestException, AssertionError, KeyError, BotoCoreError, ClientError):
            return None

    def _receipts(self, dataset: str, state: str) -> Iterator[dict[str, Any]]:
        params: dict[str, Any] = {"datasetID": dataset, "state": state, "limit": 1000}
        while True:
            reply = self.client.get("/dataset/receipts", params=params)
            assert reply.status_code == 200, reply.text
            yield from reply.json()["receipts"]
            if not (cursor := reply.json().get("nextCursor")):
                return
            params["cursor"] = cursor

    def _differences(self, rows: list[dict[str, Any]]) -> Iterator[str]:
        """Between the list, the details, the files and trove."""
        bodies = {file.name: file.body for file in self._files}
        size = sum(len(bodies.get(row["name"], b"")) for row in rows)
        listed = self.client.datasets()[DATASET]
        if int(listed["imagesCount"]) != len(rows):
            yield f"imagesCount is {listed['imagesCount']}, images are {len(rows)}"
        if not listed["datasetSize"].strip().startswith(f"{size / 1024 / 1024:.2f}MB"):
            yield f"datasetSize is {listed['datasetSize']}, images have {size} bytes"
        bucket = self._bucket()
        trove = {key.rsplit("/", 1)[-1]: key for key in bucket.keys("trove/")}
        if sorted(trove) != sorted(row["name"] for row in rows):
            yield f"trove holds {len(trove)} objects, images are {len(rows)}"
        for name, key in trove.items():
            if bucket.get(key) != bodies.get(name):
                yield f"{key} has other bytes"

    def _bucket(self) -> Bucket:
        return Bucket(self.stack.s3(), self.stack.variables["NEBULA_BUCKET"])


def kill_all(intake: Intake) -> None:
    """Kill every process of the stack at once and start it again."""
    processes = list(_processes(intake.stack))
    for process in processes:
        process.kill()
    intake.stack.kill()
    psutil.wait_procs(processes, timeout=20)
    intake.stack.start()


def kill_one(name: str) -> Fault:
    """Kill one process of the stack (`mongod`, `seaweedfs`, `worker`), which its supervisor brings back."""

    def kill(intake: Intake) -> None:
        _process(intake.stack, name).kill()
        intake.stack.wait_until_it_says(f"{name} runs again.")

    kill.__name__ = f"kill {name}"
    return kill


def persist_fails(server: Switches, fault: PersistFault, times: int) -> Fault:
    """Let the next uploads to the persist service fail."""

    def fail(_intake: Intake) -> None:
        server.plan(fault, times)

    fail.__name__ = f"persist: {fault.kind} {fault.status if fault.kind == 'refuse' else ''}".strip()
    return fail


def _process(stack: LaptopStack, name: str) -> psutil.Process:
    return psutil.Process(json.loads((stack.home / "run" / f"{name}.json").read_text())["pid"])


def _processes(stack: LaptopStack) -> Iterator[psutil.Process]:
    for pid_file in (stack.home / "run").glob("*.json"):
        yield _process(stack, pid_file.stem)


def _insist(put: Callable[[], None], seconds: float = 120.0) -> None:
    """Try again until it works; a store that is being killed may refuse for a while."""
    end = time.monotonic() + seconds
    while True:
        try:
            return put()
        except (BotoCoreError, ClientError, requests.RequestException):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
