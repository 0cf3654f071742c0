"""Crashes on purpose: the process dies at a named point, and nothing of it writes any more."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

from store import killpoints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from sqlalchemy import Connection

# How often a process dies when it passes a point. Points that are passed rarely die more often,
# so that each of them is hit over a campaign; the others follow `RATE`.
RATE = 0.004
RATES = {
    **dict.fromkeys(("K1", "K2", "K3", "K4", "K5", "K6", "K7"), 0.006),
    **dict.fromkeys(("K9", "K10", "K13", "K14"), 0.02),
    **dict.fromkeys(("K18", "K19"), 0.03),
    "K21": 0.01,
    "K22": 0.006,
    "K23": 0.02,
    "K24": 0.05,
}


class Crash(BaseException):
    """The process died at a point, as by SIGKILL."""

    def __init__(self, point: str) -> None:
        """Keep where."""
        super().__init__(point)
        self.point = point


class Doom:
    """Decides at which passes the process dies, and keeps a dead one from writing.

    Python unwinds what SIGKILL would cut off: `finally` blocks still run. So a dead process gets no
    transaction any more until `born` is called for the next one; what was open is rolled back.
    """

    def __init__(self, rng: Random) -> None:
        """Die by this source of chance; nothing dies before `rates` apply."""
        self._rng = rng
        self.armed = False
        self.dead = False
        self.passed: Counter[str] = Counter()
        self.hit: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        """Pass a point, as the hook of `store.killpoints`."""
        self.passed[point] += 1
        if self.armed and not self.dead and self._rng.random() < RATES.get(point, RATE):
            self.die(point)

    def die(self, point: str) -> None:
        """Die here. Raises Crash."""
        self.hit[point] += 1
        self.dead = True
        raise Crash(point)

    def born(self) -> None:
        """Let the next process live."""
        self.dead = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Be asked at every kill point, and keep a dead process from its database."""

        def refuse(_connection: Connection) -> None:
            if self.dead:
                raise Crash("after death")

        killpoints.set_hook(self)
        event.listen(Engine, "begin", refuse)
        try:
            yield
        finally:
            event.remove(Engine, "begin", refuse)
            killpoints.set_hook(None)
