"""Money that nobody placed yet, with what the rules are told of it and the ledger they may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows import answering, bodies, fitting, kept_money, linked, on_account, remittances
from ledger.documents import Source
from rules.facts import MatchFacts
from store import (
    actions,
    confirmations,
    connections,
    matching_book,
    matching_index,
    mirror,
    organisations,
    payers,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from sqlalchemy.orm import Session

    from ledger.documents import Invoice, Receipt
    from rules.cash import Matching
    from rules.matching.book import Opened


def gather(s: Session, organisation_id: int, elsewhere: Container[str] = ()) -> MatchFacts:
    """Gather what is unapplied, less what is on its way or left on account.

    `elsewhere` are bank receipts whose money is or may be in the books already. The ledger is not
    read for it: `open_ledger` says how it is asked.
    """
    spoken_for: dict[str, int] = {}
    taken: set[tuple[str, str]] = set()
    for row in actions.under_way(s, organisation_id, "apply"):
        action = bodies.read_application(row.body)
        taken.add((action.source.value, action.receipt_id))
        for one in action.portions:
            spoken_for[one.invoice_id] = spoken_for.get(one.invoice_id, 0) + abs(one.amount).minor
    for row in actions.under_way(s, organisation_id, kept_money.KIND):
        taken.add((row.body["source"], row.body["receipt_id"]))
    free = [
        receipt
        for receipt in mirror.receipts_to_match(s, organisation_id)
        if (receipt.source.value, receipt.ref.id) not in taken
        and not (receipt.source is Source.BANK and receipt.ref.id in elsewhere)
    ]
    left = on_account.left(s, organisation_id, free)
    loose = [receipt for receipt in free if on_account.claim(receipt) not in left]
    receipts, answered = answering.told(s, organisation_id, loose)
    if not receipts:
        # With nothing to place, nothing need be known.
        return MatchFacts(receipts=(), invoices=(), customers={})
    books = connections.books_of(s, organisation_id)
    ours = organisations.get(s, organisation_id)
    return MatchFacts(
        receipts=receipts,
        invoices=_linked(s, organisation_id, receipts),
        customers={},
        spoken_for=spoken_for,
        undone=payers.undone(s, organisation_id),
        shared=payers.shared(s, organisation_id),
        tenant_id=books.tenant_id if books else "",
        own_names=ours.own_names,
        bookable=frozenset(fitting.bookable(ours, books)),
        advices=remittances.about(s, organisation_id, receipts),
        confirmations=confirmations.of_evidence(s, organisation_id),
        answered=answered,
        freed=frozenset(linked.freed(s, organisation_id, receipts)),
    )


def open_ledger(
    s: Session, organisation_id: int, facts: MatchFacts, matching: Matching
) -> Opened | None:
    """Open the books, to be asked in this session, for the decision on what was gathered.

    None where there is nothing to decide. A session that only reads needs `is_ready` first.
    """
    if not facts.receipts:
        return None
    learn_after = matching.learn_payer_after
    return matching_book.open_book(s, organisation_id, learn_after, facts.spoken_for)


def is_ready(s: Session, organisation_id: int) -> bool:
    """Whether the books can be opened without writing: their index is made by this version."""
    return matching_index.is_ready(s, organisation_id)


def make_ready(s: Session, organisation_id: int) -> None:
    """Make the index of the books, and find what is large in them, where it has to be."""
    matching_index.opened(s, organisation_id)
    matching_index.find_large(s, organisation_id)


def _linked(s: Session, organisation_id: int, receipts: Sequence[Receipt]) -> tuple[Invoice, ...]:
    """Give the invoices that receipts carry, open or not: one not open is told from an unknown."""
    links = [link for receipt in receipts for link in receipt.links]
    found = mirror.invoices(s, organisation_id, [one.invoice_id for one in links if one.invoice_id])
    numbers = sorted({one.invoice_number for one in links if one.invoice_number})
    found |= {one.ref.id: one for one in mirror.invoices_numbered(s, organisation_id, numbers)}
    return tuple(found.values())
