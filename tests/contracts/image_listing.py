"""What an `ImageStore` promises about `page` and `urls`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.images import ImageLink, ListedImage
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.records import ImageStore

from .nasty_names import NASTY_NAMES
from .paging import through_pages
from .rows import HOLDER, Stores, after, new_dataset, store

SORTS = ["", "uploadDate", "-uploadDate", "name", "-name", "fileSize", "-fileSize"]


class ImageListingContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ImageStore,)

    def test_images_come_in_upload_order_whenever_they_were_recorded(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        third, first, second = (
            store(stores, dataset, name, order=order) for name, order in (("a", "3"), ("b", "1"), ("c", "2"))
        )
        in_order = [first, second, third]
        assert stores.images.page(dataset.id, PageRequest()).rows == in_order
        assert list(stores.images.urls(dataset.id)) == [image.persisted.url for image in in_order]

    def test_pages_show_every_image_once_in_order_in_every_sort(self, stores: Stores) -> None:
        dataset, other = new_dataset(stores), new_dataset(stores)
        for n, name in enumerate(NASTY_NAMES):
            store(stores, dataset, name, size=n // 4)
        store(stores, other, "of another dataset.jpg")
        fetch = partial(stores.images.page, dataset.id)
        for sort in SORTS:
            whole = fetch(PageRequest(sort=sort))
            assert whole.next_cursor is None
            assert {row.name for row in whole.rows} == set(NASTY_NAMES)
            for limit in (1, 5, len(NASTY_NAMES)):
                assert through_pages(fetch, limit=limit, sort=sort) == whole.rows

    def test_the_sorts_sort(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        for n, name in enumerate(NASTY_NAMES):
            store(stores, dataset, name, size=(7 * n) % 5)

        def listed(sort: str) -> list[tuple[str, int]]:
            rows = stores.images.page(dataset.id, PageRequest(sort=sort)).rows
            return [(row.name, row.size) for row in rows]

        assert [name for name, _ in listed("uploadDate")] == list(NASTY_NAMES)
        assert [name for name, _ in listed("name")] == sorted(NASTY_NAMES)
        assert [size for _, size in listed("fileSize")] == sorted(size for _, size in listed(""))
        for sort in ("uploadDate", "name", "fileSize"):
            assert listed(f"-{sort}") == listed(sort)[::-1]

    def test_a_listing_shows_the_same_images_on_the_same_pages(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        for n, name in enumerate(NASTY_NAMES):
            store(stores, dataset, name, size=n // 4)
        for sort in SORTS:
            for limit, search in ((None, ""), (5, ""), (3, "a")):
                request = PageRequest(limit, sort=sort, search=search)
                page, listing = (
                    stores.images.page(dataset.id, request),
                    stores.images.listing(dataset.id, request),
                )
                assert listing.rows == [ListedImage.of(image) for image in page.rows]
                assert listing.next_cursor == page.next_cursor

    def test_rows_that_come_and_go_between_pages_shift_nothing(self, stores: Stores) -> None:
        for sort in ("name", "uploadDate"):
            dataset = new_dataset(stores)
            for name in "bdfhj":
                store(stores, dataset, name, order=name)
            first = stores.images.page(dataset.id, PageRequest(limit=2, sort=sort))
            assert [row.name for row in first.rows] == ["b", "d"]
            stores.images.retire(dataset.id, ["b", "d", "h"], HOLDER, after(1))
            for name in "ae":
                store(stores, dataset, name, order=name)
            rest = stores.images.page(dataset.id, PageRequest(limit=9, sort=sort, cursor=first.next_cursor))
            assert [row.name for row in rest.rows] == ["e", "f", "j"]

    def test_a_search_is_a_part_of_the_name_in_any_case_in_every_sort(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        for name in ("a Card.jpg", "CARD 2.png", "Ünder card", "cart.jpg", "c.rd", "100%.jpg", "(card"):
            store(stores, dataset, name)
        fetch = partial(stores.images.page, dataset.id)
        for sort in SORTS:
            found = through_pages(fetch, limit=2, sort=sort, search="card")
            assert sorted(row.name for row in found) == ["(card", "CARD 2.png", "a Card.jpg", "Ünder card"]
        for search, name in (("c.rd", "c.rd"), ("0%", "100%.jpg"), ("(", "(card"), ("üNDER", "Ünder card")):
            assert [row.name for row in fetch(PageRequest(search=search)).rows] == [name]
        assert fetch(PageRequest(search="^")).rows == []

    def test_a_sort_that_does_not_exist_and_a_cursor_of_another_one_are_refused(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        for name in "abc":
            store(stores, dataset, name)
        cursor = stores.images.page(dataset.id, PageRequest(limit=1, sort="fileSize")).next_cursor
        for request in (
            PageRequest(sort="sha256"),
            PageRequest(sort="$natural"),
            PageRequest(cursor=cursor),
            PageRequest(sort="-fileSize", cursor=cursor),
        ):
            with pytest.raises(InvalidParameters):
                stores.images.page(dataset.id, request)

    def test_the_urls_can_be_begun_in_one_thread_and_read_on_in_another(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [store(stores, dataset, f"{n}.jpg") for n in range(3)]
        urls = stores.images.urls(dataset.id)
        with ThreadPoolExecutor(max_workers=1) as elsewhere:
            first = elsewhere.submit(next, urls).result()
        assert [first, *urls] == [image.persisted.url for image in images]

    def test_a_link_is_an_images_name_and_its_url_in_upload_order(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [store(stores, dataset, name) for name in NASTY_NAMES]
        store(stores, new_dataset(stores), "of another dataset.jpg")
        links = [ImageLink(image.name, image.persisted.url) for image in images]
        assert list(stores.images.links(dataset.id)) == links

    def test_a_dataset_without_images_has_no_rows_and_no_urls(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        page = stores.images.page(dataset.id, PageRequest(limit=5))
        assert (page.rows, page.next_cursor) == ([], None)
        assert list(stores.images.urls(dataset.id)) == []
        assert list(stores.images.links(dataset.id)) == []
