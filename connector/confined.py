"""Reading in a process of its own, limited in memory, time and output: a hostile file ends there.

Where the system keeps no such limits (Windows; macOS has none for memory) the time-out still holds,
and so do the limits of size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

_CHILD = Path(__file__).with_name("confined_child.py")
# What a process needs to start at all; secrets in the environment are not for it.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a file may be and take. Half of them bound what comes back."""

    file_bytes: int = 25 * 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024
    answer_bytes: int = 128 * 1024 * 1024
    processor_seconds: int = 60
    wait_seconds: float = 120


def run(room: str, asked: Mapping[str, Any], body: bytes, limits: Limits) -> bytes | None:
    """Give what `connector.<room>.inner` answers of a body, in a process of its own.

    None means that the process did not end well, in time and within bounds. `asked` goes with the
    body, as JSON.
    """
    bounds = {"memory": limits.memory_bytes, "seconds": limits.processor_seconds}
    request = json.dumps([bounds, asked]).encode() + b"\n" + body
    packed, ended_well = _run(room, request, limits)
    return packed if ended_well else None


def _run(room: str, request: bytes, limits: Limits) -> tuple[bytes, bool]:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own file, by our own interpreter
        [sys.executable, "-I", "-X", "utf8", str(_CHILD), room],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as child:
        timer = threading.Timer(limits.wait_seconds, child.kill)
        feeder = threading.Thread(target=_feed, args=(child.stdin, request), daemon=True)
        timer.start()
        feeder.start()
        try:
            packed = _take(child.stdout, limits.answer_bytes)
            if len(packed) > limits.answer_bytes:
                child.kill()
            return packed, child.wait() == 0
        finally:
            timer.cancel()
            child.kill()
            feeder.join()


def _take(pipe: IO[bytes] | None, most: int) -> bytes:
    return b"" if pipe is None else pipe.read(most + 1)


def _feed(pipe: IO[bytes] | None, request: bytes) -> None:
    # A process that has ended early takes no more; that is seen by how it ended.
    with suppress(OSError):
        if pipe is not None:
            pipe.write(request)
            pipe.close()
