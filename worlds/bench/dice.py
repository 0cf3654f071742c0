"""Seeded chance."""

from __future__ import annotations

from random import Random


class Dice(Random):
    """Dice that also answer how likely something is."""

    def likely(self, share: float) -> bool:
        """Tell yes in about this share of all times, of one."""
        return self.random() < share
