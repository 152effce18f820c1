"""The laptop's event source: from a change in the bucket, or from the clock, to a function of `app`.

Run as `python -m local.functions.worker`. It stands in for S3's notifications, the queues that they
go to, the mappings of these onto the ingest function, and the schedule. What it has queued when it
ends is found again by the sweep.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from chalicelib.adapters.s3.client import s3_client
from chalicelib.bootstrap import services
from chalicelib.config import Config
from chalicelib.domain.errors import TransientFault
from local.backlog import announce_what_waits
from local.functions.lanes import Lane, tell
from local.functions.polling import BucketWatch, watch
from local.functions.receiver import Receiver
from local.functions.schedule import sweep_repeatedly
from local.functions.worker_pool import WorkerPool
from local.gateway.server import serve
from local.home import Home
from local.progress import IntakeCounter

RECEIVER_THREADS = 8


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGTERM."""
    options = _options(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    config = Config.from_env(os.environ)
    app: Any = importlib.import_module("app")
    stop = threading.Event()
    prefixes = {config.incoming_queue: config.layout.incoming, config.drop_queue: config.layout.drop}
    # A pool for each: no lane waits for the other, nor fails by what ends the other's processes.
    counters = {name: IntakeCounter() for name in prefixes}
    workers = {
        name: WorkerPool("app", "ingest", options.processes, counters[name].settled) for name in prefixes
    }
    lanes = [
        Lane(name, prefix, workers[name], options.processes, counter=counters[name])
        for name, prefix in prefixes.items()
    ]

    if not options.shared:
        _take_over()
    _in_background(sweep_repeatedly, app.sweep, options.sweep_seconds, stop, not options.shared)
    if options.poll:
        bucket = BucketWatch(s3_client(), config.bucket, config.layout.intake)
        _in_background(watch, bucket, partial(tell, lanes), stop)
    drops = next(lane for lane in lanes if lane.prefix == config.layout.drop)
    _in_background(announce_what_waits, drops.waiting, services().claims.announce_drops, stop)
    receiver = Receiver(Home.from_env(os.environ).secrets().hook_token, config.bucket, lanes)
    try:
        serve(receiver, options.port, RECEIVER_THREADS)
    finally:
        stop.set()
        for lane in lanes:
            lane.close()
        for pool in workers.values():
            pool.close()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.functions.worker")
    parser.add_argument("--port", type=int, required=True, help="where the filer's messages come in")
    parser.add_argument("--processes", type=int, required=True, help="of each lane, an object each")
    parser.add_argument("--sweep-seconds", type=float, required=True, help="between two sweeps")
    parser.add_argument("--poll", action="store_true", help="list the bucket instead of being told")
    parser.add_argument("--shared", action="store_true", help="others may ingest on these engines too")
    return parser.parse_args(arguments)


@retry(
    retry=retry_if_exception_type(TransientFault), stop=stop_after_delay(60), wait=wait_fixed(1), reraise=True
)
def _take_over() -> None:
    """End the leases of killed workers, nobody else being at work. MongoDB may be starting again too."""
    services().sweep.take_over()


def _in_background(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()


if __name__ == "__main__":
    main()
