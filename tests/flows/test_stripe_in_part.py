"""Bank money for several of Stripe's invoices, which are paid one after the other.

Whatever happens between two of them, money that Stripe counted stays counted: it pays nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import cash
from ledger.documents import Source
from ledger.money import Money
from store import mirror, organisations
from tests.flows.scene import STRIPE, Scene, Weather, raised
from tests.flows.test_stripe_only import bank, keeper

LINE = "line-10000"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Scene]:
    with raised(tmp_path, STRIPE) as scene:
        yield scene


@pytest.fixture
def pair(alone: Scene) -> tuple[str, str]:
    """Give two invoices that one line of the bank is to pay."""
    first, second = alone.invoice("OK-1001", 6_000), alone.invoice("OK-1002", 4_000)
    alone.connect()
    alone.live(minutes=5)
    bank(alone, 10_000, "something")
    return first, second


def pay(scene: Scene, first: str, second: str) -> None:
    """Have a person say which invoices the line pays."""
    portions = [scene.portion(first, 6_000), scene.portion(second, 4_000)]
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        cash.apply_choice(s, ours, Source.BANK, LINE, portions, who="ann", now=scene.now)


def left(scene: Scene) -> Money:
    """Say what of the line may still pay something."""
    with scene.tools.sessions() as s:
        found = mirror.receipt(s, scene.organisation_id, Source.BANK, LINE)
    assert found is not None
    return found.unapplied


@pytest.mark.parametrize("word", ["429", "500", "reset", "lost", "unanswered"])
@pytest.mark.parametrize("second", [False, True])
def test_whichever_call_fails_each_invoice_is_paid_once(
    alone: Scene, pair: tuple[str, str], word: str, *, second: bool
) -> None:
    pay(alone, *pair)
    alone.sky.next(word, "stripe", "POST", f"/{pair[second]}/pay")
    alone.live(hours=3)
    assert [alone.payments(one) for one in pair] == [[6_000], [4_000]]
    assert left(alone) == Money(0, "GBP")
    assert alone.action("apply").state == "done"


def test_what_an_invoice_does_not_take_is_told_and_pays_nothing_else_by_itself(
    alone: Scene, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody voids the second invoice between the look and the write."""

    def sky(_weather: Weather, _host: str, _method: str, path: str) -> None:
        if path.endswith(f"{pair[1]}/pay"):
            keeper(alone).void(pair[1])

    monkeypatch.setattr(Weather, "__call__", sky)
    pay(alone, *pair)
    alone.live(hours=3)
    assert [alone.payments(one) for one in pair] == [[6_000], []]
    assert left(alone) == Money(4_000, "GBP")
    assert alone.action("apply").state == "done"
    [told] = alone.exceptions("applied_in_part")
    assert told.title == "Only a part of the money is applied"
    assert any("applied" in note for note in alone.notes(pair[0]))
    assert alone.notes(pair[1]) == []
