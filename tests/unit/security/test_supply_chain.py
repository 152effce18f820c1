"""All that is installed is one version by its hashes; what ships is under licences that may."""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra.lock import (
    BENCH_LOCK,
    DEV_LOCK,
    INSTALLER_LOCK,
    LEFT_OUT,
    LOCK,
    LOCKS,
    ROOT,
    SUPPORTED,
    canonical,
    entries,
    pins,
)
from infra.runtime import run, uv
from local.home import Secrets

PYTHONS = {
    version: {"python_version": version, "python_full_version": f"{version}.1"} for version in SUPPORTED
}
LICENCES = ROOT / "docs" / "licences.md"


def named(lock: Path) -> list[Requirement]:
    """What the `.in` file of a lock names, and those that it reads."""
    text = lock.with_suffix(".in").read_text()
    read = [name for name in LOCKS if f"\n-r {name.stem}.in\n" in text]
    own = re.sub(r"^-r .*$|\s+#.*$", "", text, flags=re.M)
    return [*entries(own), *(entry for other in read for entry in named(other))]


def in_the_lock(lock: Path, python: str, entry: Requirement) -> bool:
    """Whether a requirement does not count on a Python, or is locked for it in a version that it takes."""
    if entry.marker is not None and not entry.marker.evaluate(PYTHONS[python] | {"extra": ""}):
        return True
    version = pins(lock.read_text(), PYTHONS[python]).get(canonical(entry.name))
    return version is not None and entry.specifier.contains(version)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_is_one_exact_version_by_its_hashes(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", lock.read_text(), flags=re.M).strip())
    shape = re.compile(
        r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[0-9][\w.!+-]*( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+"
    )

    assert [block for block in blocks if not shape.fullmatch(block)] == []
    assert len(blocks) == len(entries(lock.read_text()))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_gives_each_python_one_version_of_what_its_list_names(lock: Path, python: str) -> None:
    applying = [
        canonical(entry.name)
        for entry in entries(lock.read_text())
        if entry.marker is None or entry.marker.evaluate(PYTHONS[python])
    ]

    assert len(applying) == len(set(applying))
    assert [str(entry) for entry in named(lock) if not in_the_lock(lock, python, entry)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_what_ships_is_what_is_tested(python: str) -> None:
    ships, tested = pins(LOCK.read_text()), pins(DEV_LOCK.read_text(), PYTHONS[python])

    assert ships.items() <= tested.items()
    assert not set(LEFT_OUT) & set(ships)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_benchmarks_and_the_installer_leave_the_environments_versions_alone(python: str) -> None:
    dev = pins(DEV_LOCK.read_text(), PYTHONS[python])

    assert dev.items() <= pins(BENCH_LOCK.read_text(), PYTHONS[python]).items()
    assert pins(INSTALLER_LOCK.read_text(), PYTHONS[python]).items() <= dev.items()


@pytest.mark.parametrize("lock", [LOCK, DEV_LOCK], ids=lambda lock: lock.name)
def test_what_a_locked_package_needs_is_locked_in_a_version_that_it_takes(lock: Path) -> None:
    locked = pins(lock.read_text())
    needs = [Requirement(text) for name in locked for text in requires(name) or []]
    counting = [entry for entry in needs if entry.marker is None or entry.marker.evaluate({"extra": ""})]
    missing = [
        str(entry)
        for entry in counting
        if not (lock == LOCK and canonical(entry.name) in LEFT_OUT)
        and not entry.specifier.contains(locked.get(canonical(entry.name), "0"))
    ]

    assert len(counting) >= len(locked) / 2
    assert missing == []


def test_the_environment_is_byte_for_byte_what_is_locked() -> None:
    installed = run([uv(), "pip", "freeze", "--quiet", f"--python={sys.executable}"])
    locks = [
        "".join(f"{name}=={version}\n" for name, version in sorted(pins(lock.read_text()).items()))
        for lock in (DEV_LOCK, BENCH_LOCK)
    ]

    assert installed in locks, "run: rm -r .venv && make run"


def test_nothing_is_fetched_from_anywhere_but_an_index() -> None:
    for lock in LOCKS:
        for path in (lock, lock.with_suffix(".in")):
            foreign = r"://|git\+|^--(index|extra|find|trusted)|^-[ief]"
            assert not re.search(foreign, path.read_text(), re.M), path


def test_the_list_of_licences_is_that_of_the_locked_packages(tmp_path: Path) -> None:
    written = tmp_path / "licences.md"
    bin_ = Path(sys.executable).parent
    run(["make", "--silent", "STAMP=", f"BIN={bin_}", f"LICENCES={written}", "licences"], folder=ROOT)

    assert written.read_text() == LICENCES.read_text(), "run: make licences"
    assert len(written.read_text().splitlines()) >= len(pins(LOCK.read_text()))


@pytest.mark.parametrize("packages", ["pi_heif", "docutils", "requests pi_heif"])
def test_a_licence_that_nobody_allowed_is_found(packages: str) -> None:
    check = [str(Path(sys.executable).with_name("pip-licenses")), "--packages", *packages.split()]

    with pytest.raises(SystemExit, match="not in allow-only licenses"):
        run(check, folder=ROOT)


def test_the_secrets_of_a_home_are_drawn_for_it_alone() -> None:
    drawn = [Secrets.draw() for _ in range(3)]
    words = {
        word for secrets in drawn for word in (secrets.token_secret, secrets.secret_key, secrets.hook_token)
    }

    assert len(words) == 9
    assert all(own.token_secret.startswith("laptop-") for own in drawn)
    assert all(len(word) >= 32 for word in words)
