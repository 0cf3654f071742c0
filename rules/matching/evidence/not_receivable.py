"""Money that is no payment of invoices: own transfers, interest, taxes, wages, the bank's fees.

Speaks when the other side is the organisation itself, or when the bank's words say what it is and
neither a customer nor a document of ours is in sight. Money that went out to nobody we know is of
that kind too, unless it looks like a payment that came back or a credit paid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.found import Found
from rules.matching.values import Answer, Kind
from rules.matching.words import (
    AUTHORITY,
    NOT_RECEIVABLE,
    OUTGOING,
    OWN_TRANSFER,
    REFUNDED,
    RETURNED,
)

if TYPE_CHECKING:
    from rules.matching.line import Line

RULE = "not_receivable"


def look_own(line: Line) -> Found | None:
    """Say that the other side is the organisation itself."""
    return _found(line, "own", ("from", line.receipt.payer_name)) if line.from_ourselves else None


def look(line: Line) -> Found | None:
    """Say that the bank's words are those for money that pays no invoice."""
    if line.names_documents or line.payer.maybe:
        return None
    said = NOT_RECEIVABLE.search(line.plain)
    if said:
        return _found(line, "words", ("the bank says", said.group()))
    if AUTHORITY.search(f"{line.payer_plain} {line.plain}"):
        return _found(line, "authority", ("from", line.receipt.payer_name or "an authority"))
    moved = OWN_TRANSFER.search(line.plain)
    if moved and not line.receipt.payer_name:
        return _found(line, "transfer", ("the bank says", moved.group()))
    return _outgoing(line) if line.amount < 0 else None


def _outgoing(line: Line) -> Found | None:
    back = RETURNED.search(line.plain) or REFUNDED.search(line.plain)
    if back or line.batch.book.past(line.currency, -line.amount):
        return None
    said = OUTGOING.search(line.plain)
    to = line.receipt.payer_name or (said.group() if said else "")
    return _found(line, "outgoing", ("to", to)) if to else None


def _found(line: Line, evidence: str, fact: tuple[str, str]) -> Found:
    amount = ("amount", str(line.receipt.unapplied))
    answer = Answer(
        RULE, Kind.NOT_RECEIVABLE, evidence=f"not_receivable/{evidence}", facts=(fact, amount)
    )
    return Found((answer,), independent_facts=2)
