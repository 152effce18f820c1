"""The audit in MongoDB keeps what its port promises, is only added to, and needs one index."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.adapters.mongo.audit import MongoAudit
from chalicelib.adapters.mongo.connection import connect
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.paging import PageRequest
from tests.contracts.audit_store import ONE, AuditStoreContract, act
from tests.contracts.threads import at_once

CODE = Path(__file__).parents[3] / "chalicelib"


@pytest.fixture
def real_database(mongodb_uri: str) -> Iterator[Database[dict[str, Any]]]:
    database = connect(mongodb_uri)
    assert "test" in database.name
    apply_indexes(database)
    yield database
    database.client.close()


@pytest.fixture
def audit(real_database: Database[dict[str, Any]]) -> MongoAudit:
    return MongoAudit(real_database)


class TestMongoAudit(AuditStoreContract): ...


@pytest.mark.parametrize(
    "question",
    [{"about": "*"}, {"about": {"$all": ["dataset:1", "user:a"]}}, {"about": {"$all": ["user:a"]}}],
)
def test_one_index_answers_every_question_in_order(
    real_database: Database[dict[str, Any]], audit: MongoAudit, question: dict[str, Any]
) -> None:
    audit.add(act())
    assert set(real_database["audit"].index_information()) == {"_id_", "about"}

    newest_first = real_database["audit"].find(question).sort([("recordedAt", -1), ("_id", -1)])

    plan = str(newest_first.limit(10).explain()["queryPlanner"]["winningPlan"])
    assert "'indexName': 'about'" in plan
    assert "'SORT'" not in plan
    assert "COLLSCAN" not in plan


@pytest.mark.timeout(6)
def test_a_database_that_does_not_answer_holds_a_request_up_for_two_seconds_at_most() -> None:
    nowhere = connect("mongodb://127.0.0.1:9/nebula_test")
    try:
        with pytest.raises(TransientFault):
            MongoAudit(nowhere).add(act())
    finally:
        nowhere.client.close()


def test_no_code_changes_or_removes_a_record() -> None:
    """Only this adapter knows the collection, and of PyMongo's calls it makes these two."""
    sources = {path: path.read_text() for path in CODE.rglob("*.py")}
    knows_it = [path.name for path, text in sources.items() if '["audit"]' in text or "'audit'" in text]
    adapter = ast.parse(sources[CODE / "adapters" / "mongo" / "audit.py"])
    called = {
        node.attr
        for node in ast.walk(adapter)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self._audit"
    }

    assert knows_it == ["audit.py"]
    assert called == {"insert_one"}
    assert ast.unparse(adapter).count("find_page(self._audit,") == 1


def test_every_record_of_many_writers_at_once_is_kept(audit: MongoAudit) -> None:
    at_once([partial(audit.add, act(minute)) for minute in range(32)])

    assert len(audit.page(ONE, None, PageRequest()).rows) == 32
