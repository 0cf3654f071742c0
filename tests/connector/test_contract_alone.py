"""The contract of the ledgers, held to by Stripe where it keeps the books itself.

The same functions are run as for the others. Left out is only what Stripe cannot express, which
is an undo; that it is refused in words is tested here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.protocol import Ability, Applied, Opening, Role
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from tests.connector import test_contract as contract
from tests.connector.bench import Bench, gbp
from tests.flows.scene import STRIPE, raised
from tests.oauth.desk import FreeGate

SOURCES = [Source.LEDGER, Source.BANK]
APPLYING: list[Callable[[Bench, Source], None]] = [
    contract.test_one_key_applies_once,
    contract.test_an_application_whose_answer_was_lost_is_found,
    contract.test_an_application_that_never_arrived_is_not_found,
]
ASKING: list[Callable[[Bench], None]] = [
    contract.test_one_key_writes_one_note,
    contract.test_a_note_whose_answer_was_lost_is_found,
    contract.test_a_revoked_consent_is_a_disconnection,
    contract.test_a_key_opens_no_other_tenant,
    contract.test_what_the_vendor_does_not_have_is_gone,
    contract.test_a_walk_ends_in_a_cursor_that_tells_what_is_new,
    contract.test_a_webhook_is_believed_by_its_signature_alone,
    contract.test_a_replayed_webhook_names_the_same_events,
]
WEATHER = ["429", "500", "503", "lost", "unanswered", "reset"]
# Where money of each kind is set against an invoice.
WRITE = {Source.LEDGER: ("POST", "/attach_payment"), Source.BANK: ("POST", "/pay")}


@dataclass
class Alone(Bench):
    """Stripe's own books, opened bare."""

    @property
    def takes_money(self) -> bool:
        return False

    def opening(self, **other: Any) -> Opening:
        # After a silence Stripe's connections rest for half a minute, which is not tested here.
        return super().opening(**{"role": Role.BOOKS, "gate": FreeGate(), **other})

    def receipt(self, minor: int = 10_000, *, source: Source = Source.LEDGER) -> Receipt:
        if source is Source.LEDGER:
            return super().receipt(minor)
        line = Ref(Kind.RECEIPT, "line-1")
        return Receipt(line, source, self.scene.today, gbp(minor), gbp(minor), Status.OPEN)

    def document(self, number: str = "AA-1001") -> Ref:
        return Ref(Kind.INVOICE, self.scene.invoice(number))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    with raised(tmp_path, STRIPE) as scene:
        scene.account = scene.keeper.tenant
        scene.connect()
        scene.live(minutes=3)
        yield Alone("stripe", scene)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("test", APPLYING, ids=lambda one: one.__name__)
def test_money_is_set_as_in_every_ledger(
    alone: Alone,
    test: Callable[[Bench, Source], None],
    source: Source,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(contract.WRITE, "stripe", WRITE[source])
    test(alone, source)


@pytest.mark.parametrize("test", ASKING, ids=lambda one: one.__name__)
def test_it_answers_as_every_provider(alone: Alone, test: Callable[[Bench], None]) -> None:
    test(alone)


@pytest.mark.parametrize("word", WEATHER)
def test_bad_weather_asks_for_patience(alone: Alone, word: str) -> None:
    contract.test_a_question_in_bad_weather_asks_for_patience(alone, word)


def test_what_it_cannot_do_is_refused_in_words(alone: Alone) -> None:
    assert Ability.UNAPPLY not in alone.provider.roles[Role.BOOKS]
    with pytest.raises(RefusedError, match="does not take a payment off an invoice again"):
        alone.books().unapply(Applied(()), "undo")
