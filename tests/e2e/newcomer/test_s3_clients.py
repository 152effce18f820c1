"""The README's line for each S3 client puts photos into the drop folder, and they become images, once."""

from __future__ import annotations

import shutil

import pytest

from testing.client import eventually

from .checkout import Checkout, command_of_readme

ON_THE_PATH = 'PATH="$PATH:$PWD/.venv/bin"'


def names(checkout: Checkout) -> set[str]:
    """The images of the dataset that every line names."""
    row = checkout.client.datasets().get("My photos")
    return {image["name"] for image in checkout.client.rows(row["uniqueID"])} if row else set()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("aws", "s3 sync ~/photos"),
        ("rclone", "rclone copy"),
        ("s3cmd", "s3cmd --host"),
        ("s5cmd", "s5cmd --endpoint-url"),
    ],
)
def test_a_folder_of_photos_is_sent_by_the_printed_line(checkout: Checkout, program: str, words: str) -> None:
    if program in ("rclone", "s3cmd") and not shutil.which(program, path=checkout.environment()["PATH"]):
        pytest.skip(f"{program} is not installed: apt install {program}")
    command = command_of_readme(words)
    photos = checkout.fill_photos(program)
    assert command_of_readme(ON_THE_PATH) == ON_THE_PATH

    done = checkout.shell(ON_THE_PATH, command)

    assert done.returncode == 0, done.stderr
    eventually(lambda: names(checkout), lambda found: found >= set(photos), 60)
    before = names(checkout)
    again = checkout.shell(ON_THE_PATH, command)
    assert again.returncode == 0, again.stderr
    assert names(checkout) == before


def test_boto3_sends_a_photo_by_the_printed_line(checkout: Checkout) -> None:
    done = checkout.shell(command_of_readme("upload_file"))

    assert done.returncode == 0, done.stderr
    eventually(lambda: names(checkout), lambda found: "photo.jpg" in found, 60)


def test_the_images_come_back_with_their_names_by_the_printed_line(checkout: Checkout) -> None:
    photos = checkout.fill_photos("back")
    checkout.shell(ON_THE_PATH, command_of_readme("s3 sync ~/photos"))
    eventually(lambda: names(checkout), lambda found: found >= set(photos), 60)

    done = checkout.shell(ON_THE_PATH, command_of_readme("My%20photos"))

    assert done.returncode == 0, done.stderr
    for name in photos:
        sent, fetched = checkout.home / "photos" / name, checkout.folder / "back" / name
        assert fetched.read_bytes() == sent.read_bytes()


def test_no_printed_aws_line_goes_anywhere_but_to_the_endpoint() -> None:
    """Debian's awscli does not know the variable, and would ask a stranger's bucket."""
    for words in ("s3 sync ~/photos", "My%20photos"):
        assert command_of_readme(words).startswith('aws --endpoint-url "$AWS_ENDPOINT_URL_S3" s3 ')
