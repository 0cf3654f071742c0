"""Payments that arrive in our currency for documents in another."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from worlds.bench import reading
from worlds.bench.cases.named import phrase
from worlds.bench.records import Settled
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.records import Document

# Banks take their margin on top of the day's rate; within the tolerance, with room to spare.
MARGIN = 0.019


def with_original(scene: Scene) -> bool:
    """Name a foreign document; the bank tells the original amount, which is exact."""
    return _named(scene, "foreign: original amount given", told=True)


def without_original(scene: Scene) -> bool:
    """Name a foreign document; only what arrived in our currency is told."""
    return _named(scene, "foreign: by the rate", told=False)


def far_off(scene: Scene) -> bool:
    """Name a foreign document, but what arrives is beyond what rates explain."""
    documents = _pick(scene)
    if not documents:
        return False
    paid = _converted(scene, documents[0], scene.rng.uniform(-0.09, -0.04))
    _post(scene, Claim("foreign: rate too far off", documents, paid, decidable=False))
    return True


def unnamed(scene: Scene) -> bool:
    """Pay a foreign document without a reference; the original amount may tell."""
    documents = _pick(scene)
    if not documents:
        return False
    document, told = documents[0], scene.rng.likely(0.6)
    paid = _converted(scene, document, scene.rng.uniform(-MARGIN, MARGIN))
    day = scene.day()
    meant = frozenset([document.id])

    def verdict(seen: Seen) -> bool:
        customers = scene.meant(seen)
        if not told or customers != [document.customer]:
            return False
        return reading.sole(scene.pool(customers), document.open, day, customers) == meant

    claim = Claim("foreign: no reference", documents, paid, day=day, decidable=verdict)
    claim.original = (document.open, document.currency) if told else None
    _post(scene, claim, text=False)
    return True


def _named(scene: Scene, case: str, *, told: bool) -> bool:
    documents = _pick(scene)
    if not documents:
        return False
    paid = _converted(scene, documents[0], scene.rng.uniform(-MARGIN, MARGIN))
    claim = Claim(case, documents, paid)
    claim.original = (documents[0].open, documents[0].currency) if told else None
    _post(scene, claim)
    return True


def _pick(scene: Scene) -> list[Document]:
    return scene.pick(test=lambda one: one.currency in scene.trade.rates)


def _converted(scene: Scene, document: Document, margin: float) -> int:
    rate = Decimal(scene.trade.rates[document.currency])
    worth = document.open * rate * Decimal(f"{1 + margin:.6f}")
    return int(worth.quantize(Decimal(1), ROUND_HALF_UP))


def _post(scene: Scene, claim: Claim, *, text: bool = True) -> None:
    claim.text = phrase(scene, claim.documents[0]) if text else ""
    claim.channel = scene.channel(claim.text)
    claim.currency = scene.trade.base
    claim.settled = Settled({one.id: one.signed for one in claim.documents})
    scene.post(claim)
