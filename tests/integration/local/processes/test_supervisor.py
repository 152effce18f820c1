"""Processes that come, go and stay, under the stack's supervisor."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from local.errors import Interrupted, ServiceFailed
from local.home import Home
from local.processes.process import Command
from local.processes.service import Ending
from local.processes.supervisor import Supervisor


@dataclass(frozen=True)
class Script:
    """A shell script that is ready once it made the file `ready`."""

    name: str
    script: str
    folder: Path
    end_seconds: float = 10

    def command(self) -> Command:
        return Command(("/bin/sh", "-c", self.script), {"PATH": "/usr/bin:/bin"}, self.folder)

    def is_ready(self) -> bool:
        return self.ready.exists()

    def clean_up(self) -> None:
        self.ready.unlink(missing_ok=True)

    def advice(self, ending: Ending) -> str:
        return f"look at {ending.exit_code}"

    @property
    def ready(self) -> Path:
        return self.folder / f"{self.name}.ready"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


def lasting(home: Home, name: str, on_term: str = "exit 0", end_seconds: float = 10) -> Script:
    """A script that notes in `ends` when it is asked to end."""
    script = f"trap 'echo {name} >> ends; {on_term}' TERM; touch {name}.ready; while :; do sleep 0.05; done"
    return Script(name, script, home.path, end_seconds)


def working_in(home: Home) -> list[psutil.Process]:
    """This process's children that work in a home."""
    children = psutil.Process().children()
    return [child for child in children if child.cwd() == str(home.path)]


def test_what_was_started_last_ends_first(home: Home, stop: threading.Event) -> None:
    supervisor = Supervisor(home, print, stop)
    supervisor.start(lasting(home, "engine"))
    supervisor.start(lasting(home, "gateway"))
    supervisor.end()
    assert (home.path / "ends").read_text().split() == ["gateway", "engine"]
    assert list(home.path.glob("*.ready")) == []
    assert list(home.pid("x").parent.iterdir()) == []


def test_what_does_not_end_is_killed_and_named(home: Home, stop: threading.Event) -> None:
    said: list[str] = []
    supervisor = Supervisor(home, said.append, stop)
    supervisor.start(lasting(home, "stubborn", on_term=":", end_seconds=0.3))
    supervisor.end()
    assert said == ["stubborn did not end by itself and was killed."]
    assert working_in(home) == []


def test_what_ends_is_started_again_with_growing_pauses(home: Home, stop: threading.Event) -> None:
    said: list[str] = []

    def listen(message: str) -> None:
        said.append(message)
        if message.startswith("flaky runs again"):
            stop.set()

    # Ends at once, then fails to start, then stays.
    script = (
        "echo x >> starts; case $(wc -l < starts) in 1) touch flaky.ready; sleep 0.1; exit 3;; "
        "2) rm flaky.ready; echo out of luck; exit 4;; esac; touch flaky.ready; exec sleep 60"
    )
    supervisor = Supervisor(home, listen, stop)
    supervisor.start(Script("flaky", script, home.path))
    (home.path / "flaky.ready").unlink(missing_ok=True)
    supervisor.watch()
    supervisor.end()
    assert said[0].startswith("flaky ended (exit code 3).\nIt is started again in 0.5 s.")
    assert "flaky cannot start: it ended with exit code 4." in said[1]
    assert "out of luck" in said[1]
    assert "look at 4\nIt is started again in 1 s." in said[1]
    assert said[2] == "flaky runs again."


def test_a_start_that_fails_names_the_service_and_its_last_words(home: Home, stop: threading.Event) -> None:
    supervisor = Supervisor(home, print, stop)
    with pytest.raises(ServiceFailed, match=r"(?s)broken cannot start.*exit code 7.*no luck.*What to do"):
        supervisor.start(Script("broken", "echo no luck; exit 7", home.path))
    supervisor.end()


def test_a_start_can_be_interrupted(home: Home, stop: threading.Event) -> None:
    supervisor = Supervisor(home, print, stop)
    stop.set()
    with pytest.raises(Interrupted):
        supervisor.start(Script("slow", "exec sleep 60", home.path))
    supervisor.end()
    assert working_in(home) == []
