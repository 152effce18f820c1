"""Least privilege: each role allows what its function calls, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.bootstrap import Services
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.stored_files import ByteRange
from chalicelib.domain.uploads import UploadedFile
from chalicelib.domain.users import Role, User
from chalicelib.services.sweep.run import SweepOrder
from infra import actions
from infra.roles import Request, may, on_bucket, on_object, on_parameter
from testing.photos import photo_jpeg
from tests.unit.infra.conftest import OnMoto

ANN = User("ann", Role.ADMIN)


def ingest_every_road(ports: OnMoto, services: Services) -> None:
    """A drop, an announced file and a broken one."""
    outcome = services.accept_files.create("Cards", [UploadedFile("a.jpg", photo_jpeg(1))], ANN)
    assert outcome.pending == 1
    (announced,) = ports.store.list(ObjectKey("incoming/"))
    dropped = ports.object("drop/Cards/b.jpg", photo_jpeg(2))
    broken = ports.object("drop/Cards/c.jpg", b"no picture")
    ports.requests.clear()
    states = [services.ingest.ingest(version, "1").state for version in (announced, dropped, broken)]
    assert states == ["stored", "stored", "rejected"]


def test_ingest_may_do_all_that_it_does(ports: OnMoto, services: Services) -> None:
    ingest_every_road(ports, services)
    assert {request.action for request in ports.requests} >= {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
    }
    assert [request for request in ports.requests if not may("ingest", request)] == []


def use_the_api(ports: OnMoto, services: Services) -> None:
    """Everything that routes do to the bucket."""
    ingest_every_road(ports, services)
    ports.requests.clear()
    (dataset,) = services.browse.datasets(PageRequest()).rows
    images = services.browse.details(dataset.dataset.id, PageRequest()).images.rows
    _, _, _, number, _, name = images[0].url.split("/")
    files = services.persisted_files
    file = files.find(number, name)
    files.read(file, ByteRange(0, 9))
    files.download_url(file)
    services.large_replies.publish(b"{}", file_name="details.json", content_type="application/json")
    services.accept_files.update("Cards", [UploadedFile("d.jpg", photo_jpeg(3))], ANN)
    services.delete_images.delete(dataset.dataset.id, [image.name for image in images])


def test_the_api_may_do_all_that_it_does(ports: OnMoto, services: Services) -> None:
    use_the_api(ports, services)
    assert {request.action for request in ports.requests} >= {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
    }
    assert [request for request in ports.requests if not may("api", request)] == []


def test_the_sweep_may_do_all_that_it_does(ports: OnMoto, services: Services) -> None:
    ingest_every_road(ports, services)
    ports.object("drop/Cards/forgotten.jpg", photo_jpeg(4))
    ports.object("drop/Cards/forgotten.txt", b"no picture")
    services.accept_files.update("Cards", [UploadedFile("announced.jpg", photo_jpeg(5))], ANN)
    ports.object("trove/Cards/stray.jpg", b"of no image")
    ports.store.delete([ObjectKey("trove/Cards/a.jpg")])
    ports.requests.clear()
    report = services.sweep.run(SweepOrder(deep=True, exclusive=True))
    assert report.found >= 5
    assert [check for check in report.checks if check.failed or check.left or check.fault] == []
    assert [request for request in ports.requests if not may("sweep", request)] == []


def test_the_policies_name_every_action_that_is_called_and_no_other() -> None:
    allowed = set[str]().union(*actions.allowed_actions().values())
    assert allowed == actions.called_actions() | actions.CALLED_BY_AWS


def test_a_call_that_nobody_has_written_down_stops_the_check() -> None:
    source = "import boto3\nself._client.put_bucket_acl(Bucket=b)\nclient.get_paginator('list_parts')"
    assert set(actions.called_methods(source)) - set(actions.ACTIONS_OF) == {"put_bucket_acl", "list_parts"}


def test_presigned_requests_count_as_calls() -> None:
    source = "self._client.generate_presigned_url('put_object', Params=request, ExpiresIn=9)"
    assert list(actions.called_methods(source)) == ["put_object"]


FUNCTIONS = sorted(actions.allowed_actions())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_role_is_given_more_by_a_star(function: str) -> None:
    for statement in actions.policy(function):
        assert all("*" not in str(action) for action in statement["Action"])  # type: ignore[attr-defined]
        assert statement["Effect"] == "Allow"
        assert statement["Resource"] != "*"


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteBucket", "s3:PutBucketPolicy"])
def test_no_function_can_throw_a_persisted_file_or_the_bucket_away(function: str, action: str) -> None:
    assert not may(function, on_object(action, "persist/1/2.jpg"))
    assert not may(function, on_bucket(action))


NEVER: dict[str, Callable[[], Request]] = {
    "ingest never reads the secret that makes tokens": lambda: on_parameter("NEBULA_TOKEN_SECRET"),
    "ingest never writes into the intake": lambda: on_object("s3:PutObject", "incoming/x"),
    "ingest never writes into the drop folder": lambda: on_object("s3:PutObject", "drop/Cards/x.jpg"),
    "ingest never empties the drop folder": lambda: on_object("s3:DeleteObject", "drop/Cards/x.jpg"),
    "ingest never touches the mirror of a deleted image": lambda: on_object("s3:DeleteObject", "trove/x"),
}


@pytest.mark.parametrize("what", NEVER)
def test_whoever_breaks_into_the_picture_decoder_gains_little(what: str) -> None:
    assert not may("ingest", NEVER[what]())


@pytest.mark.parametrize("prefix", ["trove", "persist", "thumbs", "previews", "rejected"])
def test_the_api_cannot_forge_an_image(prefix: str) -> None:
    assert not may("api", on_object("s3:PutObject", f"{prefix}/x"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_reads_another_stages_secrets(function: str) -> None:
    assert may(function, on_parameter("MONGODB_URI"))
    theirs = on_parameter("MONGODB_URI").resource.replace("/nebula/dev/", "/nebula/prod/")
    assert not may(function, Request("ssm:GetParameters", theirs))


def test_an_ingest_with_a_database_user_of_its_own_reads_that_ones_uri_alone() -> None:
    own, shared = on_parameter("ingest/MONGODB_URI"), on_parameter("MONGODB_URI")
    with_own = frozenset({"IngestHasOwnUser"})
    assert (may("ingest", own, with_own), may("ingest", shared, with_own)) == (True, False)
    assert (may("ingest", own), may("ingest", shared)) == (False, True)
    assert may("api", shared, with_own)
