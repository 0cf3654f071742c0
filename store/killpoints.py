"""Named points at which a crash must do no harm; tests and the simulator die there on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable

Hook = Callable[[str], None]

# What a process killed by SIGKILL reports.
KILLED = 137


def _from_environment() -> Hook | None:
    """Read DUNNOCK_CRASH, such as K9:3 (die at the third pass of K9); None when it is not set."""
    wanted, _, count = os.environ.get("DUNNOCK_CRASH", "").partition(":")
    if not wanted:
        return None
    left = int(count or 1)

    def die(point: str) -> None:
        nonlocal left
        if point == wanted:
            left -= 1
            if left == 0:
                os._exit(KILLED)

    return die


_hook: Hook | None = _from_environment()


def set_hook(hook: Hook | None) -> None:
    """Call `hook` with the name of every point that is reached; None for nothing."""
    global _hook  # noqa: PLW0603 - one hook for the whole process is the point
    _hook = hook


def reach(point: str) -> None:
    """Pass a point where a crash must do no harm, such as K9; costs nothing without a hook."""
    if _hook is not None:
        _hook(point)
