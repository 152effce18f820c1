"""The line that moves while files come in: what it says, when it ends, and that it keeps to itself."""

from __future__ import annotations

import io
import json
import logging
from contextlib import closing
from typing import Any

from chalicelib.logs import LOGGER_NAME, log_ingest
from local.functions.lanes import Lane
from local.functions.receiver import Receiver
from local.progress import Counts, Line, Progress, Terminal, ask, outcomes_of_the_log, watcher


class Watched(io.StringIO):
    """A terminal's side of what is printed."""

    def isatty(self) -> bool:
        return True


def texts(*looks: tuple[float, Counts]) -> list[str | None]:
    """What is shown at each of these moments."""
    progress = Progress()
    return [line.text if line else None for line in (progress.line(counts, now) for now, counts in looks)]


def test_nothing_is_shown_while_nothing_comes_in() -> None:
    assert texts((0, Counts()), (1, Counts())) == [None, None]


def test_the_line_tells_how_many_are_stored_rejected_and_waiting_and_how_fast_it_goes() -> None:
    assert texts(
        (0, Counts(waiting=1_500)),
        (10, Counts(waiting=1_100, stored=390, rejected=10)),
    ) == [
        "0 stored, 0 rejected, 1,500 waiting",
        "390 stored, 10 rejected, 1,100 waiting; 40 a second",
    ]


def test_it_says_when_all_is_done_how_long_that_took_and_where_the_reasons_are() -> None:
    done = Counts(stored=398, rejected=2)
    progress = Progress()
    for now, counts in ((0, Counts(waiting=400)), (8, Counts(waiting=1, stored=399)), (9, done), (10, done)):
        line = progress.line(counts, now)
        assert line is not None
        assert not line.is_last
    assert progress.line(done, 11) == Line(
        "All done: 398 stored, 2 rejected in 9 s. Why: GET /dataset/receipts?state=rejected.", True, True
    )
    assert progress.line(done, 12) is None


def test_the_next_files_are_counted_anew() -> None:
    progress = Progress()
    for now, counts in ((0, Counts(waiting=5)), (5, Counts(stored=5)), (9, Counts(stored=5))):
        progress.line(counts, now)
    line = progress.line(Counts(waiting=2, stored=6), 20)
    assert line is not None
    assert line.text.startswith("1 stored, 0 rejected, 2 waiting")


def test_what_took_no_time_leaves_no_line_behind_unless_something_was_rejected() -> None:
    for counts, is_kept in ((Counts(stored=1), False), (Counts(rejected=1), True)):
        progress = Progress()
        progress.line(counts, 0)
        line = progress.line(counts, 3)
        assert line is not None
        assert (line.is_last, line.is_kept) == (True, is_kept)


def test_a_worker_that_was_started_again_is_counted_from_its_start() -> None:
    shown = texts((0, Counts(waiting=9)), (1, Counts(waiting=4, stored=5)), (2, Counts(waiting=3, stored=1)))
    assert shown[-1] is not None
    assert shown[-1].startswith("1 stored, 0 rejected, 3 waiting")


def test_a_message_takes_the_lines_place_and_the_line_goes_on_below() -> None:
    stream = Watched()
    terminal = Terminal(stream)
    terminal.show(Line("1 stored"))
    terminal.say("worker ended")
    terminal.show(Line("2 stored"))
    terminal.show(Line("All done", is_last=True, is_kept=True))
    assert stream.getvalue() == "1 stored\r\033[Kworker ended\n2 stored\r\033[KAll done\n"


def test_it_is_quiet_where_nobody_watches() -> None:
    stream = io.StringIO()
    look = watcher(port=1, terminal=Terminal(stream), seconds=0)
    look()
    assert stream.getvalue() == ""


def test_a_worker_that_does_not_answer_is_no_fault() -> None:
    assert ask(port=1) is None


def test_what_becomes_of_objects_is_read_from_what_ingest_logs() -> None:
    with outcomes_of_the_log() as states:
        for state, repeated in (("stored", False), ("stored", False), ("rejected", False), ("stored", True)):
            log_ingest({"state": state, "repeated": repeated})
        logging.getLogger(LOGGER_NAME).info("request")
    log_ingest({"state": "stored", "repeated": False})
    assert states == {"stored": 2, "rejected": 1}


def test_an_event_waits_until_it_is_handled() -> None:
    seen: list[Counts] = []
    with closing(Lane("drop", "drop/", lambda *_: seen.append(lane.counter.counts), 1)) as lane:
        lane.send("{}")
    assert (seen, lane.counter.counts) == ([Counts(waiting=1)], Counts())


def test_an_event_that_is_given_up_has_failed() -> None:
    def fails(_event: object, _context: object) -> None:
        raise RuntimeError

    with closing(Lane("drop", "drop/", fails, 1, retry_after=())) as lane:
        lane.send("{}")
    assert lane.counter.counts == Counts(failed=1)


def test_the_worker_tells_the_counts_of_its_lanes_to_whoever_asks_on_the_machine() -> None:
    answered = list[str]()

    def start_response(status: str, _headers: list[tuple[str, str]], _exc: object = None) -> Any:
        answered.append(status)

    with (
        closing(Lane("incoming", "incoming/", print, 1)) as incoming,
        closing(Lane("drop", "drop/", print, 1)) as drop,
    ):
        incoming.counter.came()
        drop.counter.settled({"stored": 2, "ignored": 1})
        (body,) = Receiver("token", "nebula", [incoming, drop])({"PATH_INFO": "/progress"}, start_response)
    assert answered == ["200 OK"]
    assert Counts(**json.loads(body)) == Counts(waiting=1, stored=2)
