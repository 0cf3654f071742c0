"""Listens to the product's log: quiet otherwise, but what it calls its own fault is kept."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from typing import Any

FAULTS = frozenset({"exception", "error", "critical"})


class _Ear(logging.Handler):
    """Hears the rooms that log by the standard library."""

    def __init__(self, bugs: list[str]) -> None:
        # Without a level of its own, so that nobody adds another handler for want of one.
        super().__init__()
        self._bugs = bugs

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            return
        self._bugs.append(f"{record.name}: {record.getMessage()} {_raised()}")


def _raised() -> str:
    """Name the error being dealt with, and where it was raised."""
    error = sys.exc_info()[1]
    if error is None:
        return ""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else ""
    return f"{error!r}{where}"


@contextmanager
def listening(bugs: list[str]) -> Iterator[None]:
    """Let nothing be printed, and put what the product logs as an error into `bugs`."""

    def hear(_logger: Any, name: str, said: MutableMapping[str, Any]) -> str:  # noqa: ANN401
        if name in FAULTS:
            bugs.append(f"{said.get('event')} {_raised()}")
        raise structlog.DropEvent

    root, ear = logging.getLogger(), _Ear(bugs)
    before, propagated = root.handlers[:], root.level
    structlog.configure(processors=[hear], cache_logger_on_first_use=False)
    root.handlers = [ear]
    try:
        yield
    finally:
        root.handlers = before
        root.setLevel(propagated)
        structlog.reset_defaults()
