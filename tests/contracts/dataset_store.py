"""What a `DatasetStore` promises."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.datasets import Dataset, DatasetTotals
from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound, InvalidParameters
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.new_receipts import new_upload_id
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.records import DatasetStore

from .nasty_names import NASTY_NAMES
from .paging import through_pages
from .rows import NOON, Stores, after, new_dataset, store
from .threads import at_once


class DatasetStoreContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (DatasetStore,)

    def test_a_created_dataset_is_found_by_its_id_and_by_its_name(self, stores: Stores) -> None:
        made = stores.datasets.create("Aadhaar", "vedant", NOON)
        assert (made.name, made.created_by, made.created_at) == ("Aadhaar", "vedant", NOON)
        assert re.fullmatch("[0-9a-f]{24}", made.id)
        assert stores.datasets.get(made.id) == made
        assert stores.datasets.get_by_name("Aadhaar") == made

    def test_every_name_is_kept_letter_for_letter(self, stores: Stores) -> None:
        names = [*NASTY_NAMES, "with/slash", "drop/../up"]
        made = {name: stores.datasets.create(name, "vedant", NOON) for name in names}
        assert {name: stores.datasets.get_by_name(name) for name in names} == made
        assert [dataset.name for dataset in made.values()] == names

    def test_a_name_is_given_once(self, stores: Stores) -> None:
        first = stores.datasets.create("Aadhaar", "vedant", NOON)
        with pytest.raises(DatasetNameTaken) as refusal:
            stores.datasets.create("Aadhaar", "mira", after(1))
        assert refusal.value.name == "Aadhaar"
        assert stores.datasets.get_by_name("Aadhaar") == first

    def test_a_dataset_is_made_over_to_the_first_of_many_that_ask_at_once(self, stores: Stores) -> None:
        made = stores.datasets.create("Aadhaar", "vedant", NOON, new_upload_id())
        uploads = [new_upload_id() for _ in range(16)]
        outcomes = at_once(
            [partial(stores.datasets.begin_anew, made, upload, "mira", after(1)) for upload in uploads]
        )
        assert outcomes.count(True) == 1
        upload = uploads[outcomes.index(True)]
        anew = stores.datasets.get(made.id)
        assert anew == replace(made, first_upload=upload, created_by="mira", created_at=after(1))
        assert stores.datasets.get_by_name("Aadhaar") == anew

    def test_get_or_create_makes_a_dataset_once(self, stores: Stores) -> None:
        first = stores.datasets.get_or_create("drop $set", "drop", NOON)
        assert stores.datasets.get_or_create("drop $set", "mira", after(1)) == first
        assert stores.datasets.get(first.id) == first

    def test_what_does_not_exist_is_not_found(self, stores: Stores) -> None:
        new_dataset(stores)
        for missing in ("0123456789abcdef01234567", "ffffffffffffffffffffffff"):
            with pytest.raises(DatasetNotFound) as refusal:
                stores.datasets.get(DatasetId(missing))
            assert refusal.value.dataset == missing
        with pytest.raises(DatasetNotFound):
            stores.datasets.get_by_name("nobody made this")

    def test_a_new_dataset_holds_nothing_and_was_never_modified(self, stores: Stores) -> None:
        assert stores.datasets.totals(new_dataset(stores).id) == DatasetTotals(0, 0, None)

    def test_of_many_creating_one_name_at_once_one_succeeds(self, stores: Stores) -> None:
        outcomes = at_once([lambda: stores.datasets.create("Aadhaar", "vedant", NOON)] * 16)
        made = [outcome for outcome in outcomes if isinstance(outcome, Dataset)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, DatasetNameTaken)]
        assert (len(made), len(refused)) == (1, 15)
        assert stores.datasets.get_by_name("Aadhaar") == made[0]

    def test_many_dropping_into_one_new_folder_at_once_get_one_dataset(self, stores: Stores) -> None:
        outcomes = at_once([lambda: stores.datasets.get_or_create("Aadhaar", "drop", NOON)] * 16)
        assert outcomes == [stores.datasets.get_by_name("Aadhaar")] * 16
        assert len(stores.datasets.page(PageRequest()).rows) == 1


class DatasetListingContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (DatasetStore,)

    def test_an_empty_store_has_an_empty_page(self, stores: Stores) -> None:
        page = stores.datasets.page(PageRequest(limit=10))
        assert (page.rows, page.next_cursor) == ([], None)

    def test_the_list_shows_the_oldest_first_and_those_of_one_moment_in_a_fixed_order(
        self, stores: Stores
    ) -> None:
        late = stores.datasets.create("late", "vedant", after(2))
        early = stores.datasets.create("early", "vedant", after(-2))
        same = sorted(
            (stores.datasets.create(f"same {n}", "vedant", NOON) for n in range(3)),
            key=lambda dataset: dataset.id,
        )
        for sort in ("", "uploadDate"):
            rows = stores.datasets.page(PageRequest(sort=sort)).rows
            assert [row.dataset for row in rows] == [early, *same, late]

    def test_a_row_carries_the_totals_of_its_own_dataset(self, stores: Stores) -> None:
        full, empty = new_dataset(stores, "full"), new_dataset(stores, "empty")
        store(stores, full, "a.jpg", size=5_000_000_000)
        store(stores, full, "b.jpg", size=1)
        rows = {row.dataset: row for row in stores.datasets.page(PageRequest()).rows}
        assert rows[full].totals == DatasetTotals(2, 5_000_000_001, NOON)
        assert rows[empty].totals == DatasetTotals(0, 0, None)
        assert rows[empty].modified_at == empty.created_at

    @pytest.mark.parametrize("sort", ["", "-uploadDate", "name", "-name"])
    def test_pages_show_every_dataset_once_in_order(self, stores: Stores, sort: str) -> None:
        for n, name in enumerate(NASTY_NAMES):
            stores.datasets.create(name, "vedant", after(n // 5))
        whole = stores.datasets.page(PageRequest(sort=sort))
        assert whole.next_cursor is None
        assert len(whole.rows) == len(NASTY_NAMES)
        for limit in (1, 4, len(NASTY_NAMES)):
            assert through_pages(stores.datasets.page, limit=limit, sort=sort) == whole.rows

    def test_names_sort_by_code_point_either_way(self, stores: Stores) -> None:
        for name in NASTY_NAMES:
            stores.datasets.create(name, "vedant", NOON)
        ascending = [row.dataset.name for row in stores.datasets.page(PageRequest(sort="name")).rows]
        descending = [row.dataset.name for row in stores.datasets.page(PageRequest(sort="-name")).rows]
        assert ascending == sorted(NASTY_NAMES)
        assert descending == ascending[::-1]

    def test_a_search_is_a_part_of_the_name_in_any_case_and_nothing_else(self, stores: Stores) -> None:
        for name in ("Passports", "passport scans", "PASSPORT", "pass.ort", "Pässe", "a$b", "x(y"):
            stores.datasets.create(name, "vedant", NOON)

        def found(search: str) -> set[str]:
            return {row.dataset.name for row in stores.datasets.page(PageRequest(search=search)).rows}

        assert found("PassPort") == {"Passports", "passport scans", "PASSPORT"}
        assert found("pass.ort") == {"pass.ort"}
        assert found("PÄSSE") == {"Pässe"}
        assert found("$") == {"a$b"}
        assert found("x(") == {"x(y"}
        assert found(".*") == set()

    def test_a_search_is_paged_too(self, stores: Stores) -> None:
        for n in range(7):
            stores.datasets.create(f"set {n}", "vedant", after(n))
            stores.datasets.create(f"other {n}", "vedant", after(n))
        for sort in ("", "name"):
            rows = through_pages(stores.datasets.page, limit=3, sort=sort, search="SET")
            assert [row.dataset.name for row in rows] == [f"set {n}" for n in range(7)]

    def test_a_dataset_made_between_pages_shifts_nothing(self, stores: Stores) -> None:
        for name in "bdfh":
            stores.datasets.create(name, "vedant", NOON)
        first = stores.datasets.page(PageRequest(limit=2, sort="name"))
        stores.datasets.create("a", "vedant", NOON)
        second = stores.datasets.page(PageRequest(limit=2, sort="name", cursor=first.next_cursor))
        assert [row.dataset.name for row in first.rows + second.rows] == ["b", "d", "f", "h"]

    def test_a_sort_that_does_not_exist_is_refused(self, stores: Stores) -> None:
        for sort in ("colour", "--name", "Name", "$where"):
            with pytest.raises(InvalidParameters):
                stores.datasets.page(PageRequest(sort=sort))

    def test_a_cursor_of_another_sort_is_refused(self, stores: Stores) -> None:
        for name in "abc":
            stores.datasets.create(name, "vedant", NOON)
        cursor = stores.datasets.page(PageRequest(limit=1, sort="name")).next_cursor
        for sort in ("", "-name"):
            with pytest.raises(InvalidParameters):
                stores.datasets.page(PageRequest(limit=1, sort=sort, cursor=cursor))
