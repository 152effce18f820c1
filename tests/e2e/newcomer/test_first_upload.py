"""The first lines that the README prints, pasted one after the other."""

from __future__ import annotations

import json

from testing.client import eventually
from testing.photos import photo_jpeg

from .checkout import READ_DEV_ENV, README, Checkout, command_of_readme


def test_a_dataset_is_made_and_listed_by_the_printed_lines(checkout: Checkout) -> None:
    create = command_of_readme("dataset/create").replace("My photos", "My first photos")

    created = json.loads(checkout.shell(create).stdout)
    listed = json.loads(checkout.shell(command_of_readme("$NEBULA_URL/dataset/list")).stdout)

    assert created["successUpload"] == "1"
    assert "My first photos" in [row["name"] for row in listed["result"]["datasetList"]]


def test_what_was_refused_is_told_by_the_printed_line(checkout: Checkout) -> None:
    checkout.bucket.put("drop/Refused/notes.jpg", b"no pixels")
    command = command_of_readme("receipts?state=rejected")

    found = eventually(
        lambda: json.loads(checkout.shell(command).stdout)["receipts"],
        lambda receipts: any(receipt["name"] == "notes.jpg" for receipt in receipts),
        60,
    )

    assert all(receipt["reason"] for receipt in found)


def test_an_announced_file_is_put_by_the_printed_lines(checkout: Checkout) -> None:
    body = photo_jpeg(11, 64, 48)
    (checkout.folder / "a.jpg").write_bytes(body)
    announce = command_of_readme("Idempotency-Key").replace("481230", str(len(body)))
    announced = json.loads(checkout.shell(announce.replace("My photos", "By session")).stdout)
    file = announced["files"][0]

    put = checkout.shell(f"URL='{file['url']}'", command_of_readme("curl -T a.jpg"))

    assert (put.returncode, put.stdout) == (0, ""), put
    sent = command_of_readme("curl -T a.jpg")
    assert all(name in sent for name in file["headers"] if name != "Content-Length")  # curl knows the size
    path = f"/dataset/uploads/{announced['uploadID']}"
    state = eventually(lambda: checkout.client.get(path).json(), lambda found: found["complete"], 60)
    assert state["stored"] == 1


def test_a_json_body_that_is_not_called_json_is_a_415_that_says_what_to_call_it(checkout: Checkout) -> None:
    reply = checkout.shell('curl -s -H "Authorization: $NEBULA_TOKEN" -d "{}" $NEBULA_URL/dataset/details')

    assert json.loads(reply.stdout)["status"] == 415
    assert "application/json" in json.loads(reply.stdout)["message"]


def test_the_variables_are_read_by_the_line_that_the_tests_run_first() -> None:
    assert f"$ {READ_DEV_ENV}\n" in README
