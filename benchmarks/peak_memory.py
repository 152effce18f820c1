"""How much memory inspecting one file takes beyond the file, in a process of its own.

`python -m benchmarks.peak_memory FILE` prints megabytes (of a million bytes); Linux only.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chalicelib.imaging.inspect import inspect_image
from testing.photos import photo_jpeg

_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"


def peak_of(file: Path) -> float:
    """Megabytes beyond the file and the interpreter that inspecting the file takes at its peak."""
    command = [sys.executable, "-m", "benchmarks.peak_memory", str(file)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _resident(line: str) -> float:
    kilobytes = _STATUS.read_text().split(line)[1].split()[0]
    return int(kilobytes) * 1024 / 1e6


def _main() -> None:
    data = Path(sys.argv[1]).read_bytes()
    # what is only loaded at the first picture does not belong to the file
    inspect_image(photo_jpeg(1))
    Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
    before = _resident("VmRSS:")
    inspect_image(data)
    print(_resident("VmHWM:") - before)


if __name__ == "__main__":
    _main()
