"""The id or number of an invoice that the payment itself carries, as Stripe's do.

Speaks when every link is one document of ours and they come to the payment, or a single one may be
paid in part. Refuses links that lead nowhere or name more than was paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.found import Found
from rules.matching.settled import Amount, fit
from rules.matching.spellings import keys

if TYPE_CHECKING:
    from ledger.documents import Link
    from rules.matching.line import Line
    from rules.matching.values import Item

RULE = "stripe_link"


def look(line: Line) -> Found | None:
    """Take the links at their word."""
    links = line.receipt.links
    if not links:
        return None
    items = {one.id: one for link in links if (one := _resolved(line, link))}
    chosen = tuple(items.values())
    wrong = _wrong(line, chosen)
    if wrong:
        return Found((), wrong)
    amounts = {
        one.id: link.amount.minor
        for link in links
        if link.amount and (one := _resolved(line, link))
    }
    fitting = fit(line, chosen, amounts, short=len(chosen) == 1 or len(amounts) == len(chosen))
    if fitting is None:
        return Found((), "exceeds_receipt")
    answer = clearing(line, RULE, "linked", fitting)
    reason = "more_than_named" if fitting.amount is Amount.OVER else ""
    return Found((answer,), reason, independent_facts=2)


def _wrong(line: Line, chosen: tuple[Item, ...]) -> str:
    """Say what keeps the links from being followed."""
    told = {(one.invoice_id, one.invoice_number) for one in line.receipt.links}
    if len(chosen) < len(told):
        return "unknown_invoice"
    if not any(one.open for one in chosen):
        return "already_paid"
    return "other_currency" if len({one.currency for one in chosen}) > 1 else ""


def _resolved(line: Line, link: Link) -> Item | None:
    book = line.batch.book
    number = link.invoice_number.strip().casefold()
    if link.invoice_id:
        item = book.item(link.invoice_id)
        same = item is not None and (not number or item.number.casefold() == number)
        return line.batch.left(item) if item is not None and same else None
    spelled = [one for key in keys(number)[:1] for one in book.spelled(key)]
    found = [one for one in spelled if one.number.casefold() == number]
    return line.batch.left(found[0]) if len(found) == 1 else None
