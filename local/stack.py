"""`make run`: the whole system on one machine, from an empty folder to three lines to paste."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from chalicelib.api import BASE_PATH
from local.engines.filer_event import watched_paths
from local.engines.mongod import Mongod
from local.engines.seaweedfs import SeaweedFS, Webhook
from local.environment import Plan, plan, write_dev_env
from local.errors import Interrupted, LaptopError
from local.functions.invoke import GatewayProcess, WorkerProcess
from local.functions.receiver import NOTIFICATIONS
from local.home import Home
from local.processes.ports import LOOPBACK, is_free
from local.processes.process import end_leftovers
from local.processes.service import Service
from local.processes.supervisor import Supervisor
from local.progress import Terminal, watcher
from local.sample import write_sample_photo
from local.settings import LaptopSettings
from local.tokens import make_token

ROOT = Path(__file__).parents[1]
Say = Callable[[str], None]


def run(environment: Mapping[str, str], terminal: Terminal) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP. Must be called in the main thread.

    Raises:
        LaptopError: it cannot start; whatever had been started has been ended.
    """
    began, say = time.monotonic(), terminal.say
    home = Home.from_env(environment)
    settings = LaptopSettings.from_env(environment)
    home.prepare()
    stop = threading.Event()
    with _alone_on(home), _signals_set(stop):
        if leftovers := end_leftovers(home):
            say(f"Ended what a killed stack had left running: {', '.join(leftovers)}.")
        _check_port(settings.port)
        what = plan(home, environment)
        say(f"Starting Nebula on {home.path} …")
        supervisor = Supervisor(home, say, stop)
        try:
            _start(supervisor, home, settings, what)
            _introduce(home, settings, what, time.monotonic() - began, say)
            supervisor.watch(watcher(what.ports["worker"], terminal))
            say("Stopping …")
        except Interrupted:
            say("Stopping before all was started …")
        finally:
            supervisor.end()
    say("Everything has ended.")


def _start(supervisor: Supervisor, home: Home, settings: LaptopSettings, what: Plan) -> None:
    engines: list[Service] = []
    if what.own_mongod:
        engines.append(Mongod(home, what.ports["mongod"]))
    if what.own_seaweedfs:
        engines.append(_seaweedfs(home, what))
    supervisor.start(*engines)
    _apply_indexes(what)
    worker = WorkerProcess(
        port=what.ports["worker"],
        environment=what.environment,
        folder=ROOT,
        settings=settings,
        poll=not what.own_seaweedfs,
        shared=not (what.own_mongod and what.own_seaweedfs),
    )
    supervisor.start(worker, GatewayProcess(settings.port, what.environment, ROOT))


def _seaweedfs(home: Home, what: Plan) -> SeaweedFS:
    secrets = home.secrets()
    webhook = Webhook(
        url=f"http://{LOOPBACK}:{what.ports['worker']}{NOTIFICATIONS}",
        token=secrets.hook_token,
        paths=watched_paths(what.config.bucket, what.config.layout.intake),
    )
    return SeaweedFS(home, secrets, dict(what.ports), what.config.bucket, webhook)


def _apply_indexes(what: Plan) -> None:
    """In a process of its own, as a deployment does it: this one stays free of database clients."""
    done = subprocess.run(
        [sys.executable, "-c", "from chalicelib.bootstrap import apply_indexes; apply_indexes()"],
        env=dict(what.environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last_words = "\n".join(done.stderr.splitlines()[-3:])
        raise LaptopError(f"MongoDB did not take the indexes:\n{last_words}\nIs MONGODB_URI right?")


def _introduce(home: Home, settings: LaptopSettings, what: Plan, seconds: float, say: Say) -> None:
    url = f"http://{LOOPBACK}:{settings.port}{BASE_PATH}"
    token = make_token(what.config.tokens, "admin", "admin") if what.config.tokens.secret else ""
    write_dev_env(home, what.environment, url, token)
    sample = write_sample_photo(home)
    variables, created = shlex.quote(str(home.dev_env)), shlex.quote(str(home.path / "created.json"))
    curl = f'. {variables} && curl -sS -H "Authorization: $NEBULA_TOKEN"'
    say(
        f"""Nebula listens on {url} (ready after {seconds:.1f} s).

Open in a browser, what it can do: {url}/docs

An admin's token, also in {home.dev_env}:
{token or "(NEBULA_TOKEN_JWKS_URL is set: tokens come from there)"}

Try, in another terminal: list the datasets, create one with a photo, show it.
{curl} "$NEBULA_URL/dataset/list"
{curl} -F "Dataset Name=First photos $(date +%T)" -F photo=@{shlex.quote(str(sample))} \
"$NEBULA_URL/dataset/create" | tee {created}
{curl} -H 'Content-Type: application/json' \
-d "{{\\"id\\": \\"$(grep -oE '[0-9a-f]{{24}}' {created} | head -n 1)\\"}}" "$NEBULA_URL/dataset/details"

Logs: {home.log("*")}    Ctrl-C ends everything."""
    )


def _check_port(port: int) -> None:
    if not is_free(port):
        raise LaptopError(
            f"Port {port} is taken by another program.\nChoose another one: NEBULA_PORT={port + 1} make run"
        )


@contextmanager
def _alone_on(home: Home) -> Iterator[None]:
    """Hold the home's lock, which the system lets go even when this process is killed."""
    lock = FileLock(home.lock)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        owner = home.stack_pid.read_text() if home.stack_pid.exists() else "unknown"
        raise LaptopError(
            f"A stack is running on {home.path} already, as process {owner}.\n"
            f"End it with Ctrl-C where it runs or with `kill {owner}`, "
            "or start another one beside it: NEBULA_HOME=.nebula-2 NEBULA_PORT=8001 make run"
        ) from None
    try:
        home.stack_pid.write_text(str(os.getpid()))
        yield
    finally:
        home.stack_pid.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
