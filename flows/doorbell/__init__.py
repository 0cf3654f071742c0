"""Who rings and runs: the only place that knows which engine is in use.

The tables are the truth and a ring is only a hint, so an engine may lose, repeat or reorder rings.
"""

from __future__ import annotations

from typing import Protocol


class Doorbell(Protocol):
    """An engine that runs `flows.work.drain` for connections with something due."""

    def run(self) -> None:
        """Work until `stop` is called; blocks."""

    def stop(self) -> None:
        """Finish what is under way and return from `run`."""
