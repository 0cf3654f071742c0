"""What an organisation's mirror tells, laid out as the ledger that cash application asks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ledger.documents import Status
from rules.matching.in_memory import MemoryBook
from rules.matching.policy import Counted, Policy, large_amounts
from rules.matching.values import Item, Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ledger.documents import CreditNote, Customer, Invoice, Receipt
    from rules.cash import Matching
    from rules.facts import MatchFacts

# Bounds a walk along customers merged into one another.
MERGES_MAX = 10
# A draft is not owed yet, and what is void or not understood is not owed for sure.
OWED_WHEN = frozenset((Status.OPEN, Status.PAID))


@dataclass(frozen=True, slots=True)
class Gathered:
    """The ledger as a `Book`, with the invoices behind its items and who merged into whom."""

    book: MemoryBook
    policy: Policy
    invoices: Mapping[str, Invoice]
    customers: Mapping[str, Customer]

    def living(self, customer_id: str) -> str:
        """Give the customer that a merged one went into."""
        return living(self.customers, customer_id)

    def placed(self, receipt: Receipt) -> Receipt:
        """Give a receipt as the book knows its customer."""
        if not receipt.customer_id:
            return receipt
        return replace(receipt, customer_id=self.living(receipt.customer_id))


def living(customers: Mapping[str, Customer], customer_id: str) -> str:
    """Give the customer that a merged one went into."""
    for _ in range(MERGES_MAX):
        customer = customers.get(customer_id)
        if customer is None or not customer.merged_into:
            break
        customer_id = customer.merged_into
    return customer_id


def gather(facts: MatchFacts, matching: Matching, today: date) -> Gathered:
    """Lay everything out that is known of an organisation at one moment."""
    owed = [one for one in facts.invoices if one.status in OWED_WHEN]
    # Where a ledger gives both one id, the invoice is meant.
    ids = {one.ref.id for one in facts.invoices}
    credits_left = [
        one for one in facts.credit_notes if one.status is Status.OPEN and one.ref.id not in ids
    ]
    items = [
        *(as_item(one, facts.customers) for one in owed),
        *(_credit(one, facts.customers) for one in credits_left),
    ]
    book = MemoryBook(items, _parties(facts.customers, items))
    _teach(book, facts, matching.learn_payer_after)
    policy = Policy(
        as_of=today,
        base_currency="",
        own_names=facts.own_names,
        number_example=max(((one.issued, one.number) for one in owed), default=(None, ""))[1],
        large=large_amounts((one.currency, one.total) for one in items),
        confirmations={name: Counted(*each) for name, each in facts.confirmations.items()},
        undone=facts.undone,
        shared=facts.shared,
        ignored=frozenset(one.id for one in matching.rules if one.outcome == "ignore"),
        max_combined_invoices=matching.max_combined_invoices,
        minimum_reference_length=matching.minimum_reference_length,
    )
    return Gathered(book, policy, {one.ref.id: one for one in owed}, facts.customers)


def as_item(one: Invoice, customers: Mapping[str, Customer]) -> Item:
    """Give an invoice as cash application sees it, with the living one of merged `customers`."""
    discount = one.early_discount
    return Item(
        id=one.ref.id,
        number=one.number,
        customer_id=living(customers, one.customer_id),
        currency=one.balance.currency,
        total=one.total.minor,
        net=(one.total if one.net is None else one.net).minor,
        open=one.balance.minor if one.is_open else 0,
        issued=one.issued,
        due=one.due,
        po_number=one.po_number or "",
        reference=one.reference or "",
        discount_percent=discount.percent if discount else 0,
        discount_until=discount.until if discount else None,
    )


def _credit(one: CreditNote, customers: Mapping[str, Customer]) -> Item:
    return Item(
        id=one.ref.id,
        number=one.number,
        customer_id=living(customers, one.customer_id),
        currency=one.balance.currency,
        total=one.total.minor,
        net=(one.total if one.net is None else one.net).minor,
        open=max(one.balance.minor, 0),
        issued=one.issued,
        due=one.issued,
        credit=True,
    )


def _parties(customers: Mapping[str, Customer], items: Iterable[Item]) -> list[Party]:
    """Make the living customers, each with the names and addresses of those merged into it."""
    merged: dict[str, list[Customer]] = defaultdict(list)
    for customer in customers.values():
        merged[living(customers, customer.ref.id)].append(customer)
    parties = []
    for customer_id, one in merged.items():
        itself = customers.get(customer_id, one[0])
        others = sorted(each.name for each in one if each.name != itself.name)
        emails = [mail for each in (itself, *one) if (mail := (each.email or "").strip())]
        parties.append(
            Party(
                customer_id,
                itself.name,
                number=itself.number,
                country=itself.country or "",
                aliases=tuple(others),
                emails=tuple(dict.fromkeys(emails)),
                parent_id=living(customers, itself.parent_id) if itself.parent_id else "",
            )
        )
    # A customer whom the mirror lacks has its documents all the same.
    strays = {one.customer_id for one in items} - merged.keys()
    return [*parties, *(Party(one, "") for one in strays)]


def _teach(book: MemoryBook, facts: MatchFacts, learn_after: int) -> None:
    """Make payers known whom people confirmed often enough.

    Confirmations of a second customer, however few, show that a form is shared.
    """
    enough = {one.form for one in facts.payers if one.confirmations >= learn_after}
    for one in facts.payers:
        if one.form in enough or book.known_as(one.form):
            book.teach(one.form, living(facts.customers, one.customer_id), one.confirmations)
