"""A kind of business together with what its payers do, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worlds.bench.scene import Scene
from worlds.bench.trade import Trade

# Puts one case into a scene; False when the books have nothing fitting for it.
Case = Callable[[Scene], bool]


@dataclass(frozen=True, slots=True)
class Business:
    """A trade, and its cases with their weights."""

    trade: Trade
    cases: Mapping[Case, float]
