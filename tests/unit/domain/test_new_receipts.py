"""What is drawn once per upload: ids that never meet, and names that nobody can guess."""

from __future__ import annotations

import multiprocessing
import re
from concurrent.futures import ThreadPoolExecutor

from chalicelib.domain.formats import Format
from chalicelib.domain.images import ImageFacts
from chalicelib.domain.new_receipts import new_image_id, new_persist_name, persist_file_name
from tests.contracts.rows import new_receipt

FACTS = ImageFacts(Format.JPEG, 4, 3, 1, "0123456789abcdef" * 4, "c3d1a86e5b90f72e", b"")


def test_image_ids_of_many_threads_are_all_different_and_look_like_mongodbs() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = [made for several in pool.map(_ids, [2_000] * 8) for made in several]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{24}", made) for made in ids)


def test_a_forked_process_draws_ids_of_its_own() -> None:
    ours = {made[8:18] for made in _ids(3)}
    with multiprocessing.get_context("fork").Pool(1) as child:
        theirs = {made[8:18] for made in child.apply(_ids, [3])}
    assert (len(ours), len(theirs)) == (1, 1)
    assert ours != theirs


def test_a_persist_name_is_half_random_and_half_the_beginning_of_the_files_hash() -> None:
    receipt = new_receipt(name="front.jpeg", persist_name=new_persist_name())
    name = persist_file_name(receipt, FACTS)
    assert name == f"{receipt.persist_name}{FACTS.sha256[:32]}.jpeg"
    assert re.fullmatch(r"[0-9a-f]{64}\.jpeg", name)


def test_no_two_uploads_of_one_file_share_the_half_that_guards_it() -> None:
    assert len({new_persist_name() for _ in range(1_000)}) == 1_000


def _ids(count: int) -> list[str]:
    return [new_image_id() for _ in range(count)]
