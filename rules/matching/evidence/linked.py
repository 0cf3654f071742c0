"""The id or number of an invoice that the payment itself carries, as Stripe's do.

Speaks when every link is one document of ours and what is linked is open there. A link may say how
much of the payment it means; one that does not means all there is, and of several each means all
that is open. One invoice is paid in full where the payment is short of it by just its discount.
Refuses links that lead nowhere, or name more than was paid or is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.money import Money
from rules.matching.answers import listed
from rules.matching.found import Found
from rules.matching.settlement import Fit, settle
from rules.matching.spellings import keys
from rules.matching.values import Answer, Cleared, OnAccount, Settlement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.documents import Link
    from rules.matching.line import Line
    from rules.matching.values import Item

RULE = "stripe_link"


def look(line: Line) -> Found | None:
    """Take the links at their word."""
    links = line.receipt.links
    if not links:
        return None
    items: dict[str, Item] = {}
    amounts: dict[str, int] = {}
    for link in links:
        item = _resolved(line, link)
        if isinstance(item, str):
            return Found((), item)
        amount = _amount(line, link, item)
        if {amount.currency, item.currency} != {line.currency}:
            return Found((), "other_currency")
        items[item.id] = item
        amounts[item.id] = amounts.get(item.id, 0) + amount.minor
    reason = _wrong(line, items, amounts)
    answer = _answer(line, items, amounts)
    return Found((answer,) if answer else (), reason, independent_facts=2)


def _resolved(line: Line, link: Link) -> Item | str:
    """Find the one document that a link means, or say why there is none, as a reason."""
    book = line.batch.book
    number = link.invoice_number.strip().casefold()
    if link.invoice_id:
        item = book.item(link.invoice_id)
        found = [item] if item is not None else []
    else:
        found = [one for one in book.spelled(_key(number)) if _number(one) == number]
    if len(found) > 1:
        return "tie"
    if not found or (number and _number(found[0]) != number):
        return "unknown_invoice"
    return line.batch.left(found[0])


def _key(number: str) -> str:
    return next(iter(keys(number)), "")


def _number(item: Item) -> str:
    return item.number.strip().casefold()


def _amount(line: Line, link: Link, item: Item) -> Money:
    if link.amount is not None:
        return link.amount
    alone = len(line.receipt.links) == 1
    return Money(line.amount, line.currency) if alone else Money(item.open, item.currency)


def _wrong(line: Line, items: Mapping[str, Item], amounts: Mapping[str, int]) -> str:
    """Say what keeps the links from being followed, as a reason."""
    linked = sum(amounts.values())
    owners = {one.customer_id for one in items.values()}
    unsaid = len(line.receipt.links) > 1 and all(one.amount is None for one in line.receipt.links)
    wrongs = (
        (any(not one.open for one in items.values()), "already_paid"),
        (any(amounts[one.id] > one.open for one in items.values()), "exceeds_balance"),
        (min(amounts.values()) <= 0, "no_match"),
        (linked > line.amount, "exceeds_receipt"),
        # The ledger's own word of whose money it is outweighs a link.
        (line.receipt.customer_id and not owners <= line.relatives, "other_customer"),
        (unsaid and linked < line.amount, "more_than_named"),
    )
    return next((reason for holds, reason in wrongs if holds), "")


def _answer(line: Line, items: Mapping[str, Item], amounts: Mapping[str, int]) -> Answer | None:
    """Give what is linked as far as it is open and was paid; the rest stays on account."""
    rest = line.amount
    cleared = []
    for one in items.values():
        amount = min(amounts[one.id], one.open, rest)
        if amount > 0:
            cleared.append(Cleared(one.id, amount))
            rest -= amount
    if not cleared:
        return None
    owner = items[cleared[0].document_id].customer_id
    settlement = Settlement(tuple(cleared), on_account=(OnAccount(owner, rest),) if rest else ())
    settlement = _less_a_discount(line, items, amounts) or settlement
    facts = (("linked to", listed(tuple(items.values()))),)
    return Answer(RULE, settlement=settlement, evidence="linked", facts=facts)


def _less_a_discount(
    line: Line, items: Mapping[str, Item], amounts: Mapping[str, int]
) -> Settlement | None:
    """Clear an invoice that all of the payment is for, where its discount is all that is less."""
    if len(items) > 1 or sum(amounts.values()) != line.amount:
        return None
    settled = settle(tuple(items.values()), line.receipt, line.batch.policy)
    discounted = settled is not None and settled.fit is Fit.EARLY_DISCOUNT
    return settled.settlement if settled and discounted else None
