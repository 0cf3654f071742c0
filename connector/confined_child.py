"""The limited process: takes one file from its input, gives what a room reads of it, and ends.

Run by its path, never imported by the product. It takes from itself memory, processor time, files
and new processes before it looks at the first byte of what a stranger wrote.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def _limit(memory: int, seconds: int) -> bool:
    """Take from this process what it does not need; False where the system has no such limits."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return False
    wanted = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 3,
        "RLIMIT_NPROC": 0,
    }
    kept = True
    for name, most in wanted.items():
        try:
            which = getattr(resource, name)
            hard = resource.getrlimit(which)[1]
            allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (allowed, allowed))
        except (AttributeError, ValueError, OSError):
            kept = False
    return kept


def _answer(room: str, request: bytes) -> bytes:
    # `connector` itself would bring every vendor's package: memory and time that are for the file.
    sys.path.insert(0, str(HOME))
    bare = types.ModuleType("connector")
    bare.__path__ = [str(HOME / "connector")]
    sys.modules["connector"] = bare
    inner = importlib.import_module(f"connector.{room}.inner")
    inner.warm_up()
    first, _, body = request.partition(b"\n")
    bounds, asked = json.loads(first)
    _limit(bounds["memory"], bounds["seconds"])
    answer: bytes = inner.answer(asked, body)
    return answer


if __name__ == "__main__":
    sys.stdout.buffer.write(_answer(sys.argv[1], sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()
