"""Becomes another program that ends with the process that started it.

Run as a script, in isolation: `python -I -S parent_death.py <parent's pid> <program> <argument>…`. Linux
sends the signal also when the parent was killed without a chance to clean up. Elsewhere the next
start of the stack ends what is left, by its pid files.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, raise its limit of open files, and become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 64_000 if hard == resource.RLIM_INFINITY else min(64_000, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    os.execv(program[0], program)  # noqa: S606 - the very purpose


main()
