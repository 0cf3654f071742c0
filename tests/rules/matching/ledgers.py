"""Small ledgers for the tests of what payments are for, and the answers to them in plain words."""

from __future__ import annotations

from dataclasses import replace

from ledger.documents import Kind, Ref
from ledger.money import Money
from rules.matching.in_memory import MemoryBook
from rules.matching.placing import decide_batch
from rules.matching.policy import Mode
from rules.matching.values import Past
from tests.rules.matching.items import ACME, POLICY, paid

BALANCED = replace(POLICY, mode=Mode.BALANCED, number_example="INV-0001")


def a_payment(minor, name="P1", currency="GBP", **more):
    """Make a payment from Acme, which says nothing unless told."""
    more.setdefault("payer_name", "Acme Ltd")
    return replace(paid(minor, currency, **more), ref=Ref(Kind.RECEIPT, name))


def a_past(minor, name="H1", customer="C1", cleared=(), **more):
    """Make a payment that was placed before."""
    return Past(name, a_payment(minor, name, **more), customer, tuple(cleared))


def decide(  # noqa: PLR0913 - a ledger has so many parts
    payments, items=(), *, parties=(ACME,), advices=(), payouts=(), past=(), policy=BALANCED
):
    """Decide a batch against a small ledger."""
    book = MemoryBook(items, parties, payouts, past)
    return decide_batch(book, payments, advices, policy)


def only(payment, items=(), **more):
    """Decide a single payment."""
    (decision,) = decide([payment], items, **more)
    return decision


def told(decision):
    """Give an answer as text: what is cleared, taken off, left on account or referred to."""
    answer = decision.answer
    if not decision.apply:
        return decision.reason
    settled = answer.settlement
    parts = [f"{one.document_id} {one.amount}" for one in settled.cleared]
    parts += [f"{one.kind} {one.amount}" for one in settled.adjustments]
    parts += [f"{one.customer_id} on account {one.amount}" for one in settled.on_account]
    parts += [f"about {answer.refers_to}"] if answer.refers_to else []
    return ", ".join(parts) or str(answer.kind)


def gbp(minor):
    """Give money of the tests' own currency."""
    return Money(minor, "GBP")
