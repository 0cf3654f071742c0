"""Money that went back before it was placed: a bank's line took the same amount away again.

Nothing is paid with it. One return may answer two payments of one amount; then a person says which.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ledger.days import days_between
from ledger.documents import Source
from rules.matching.forms import account_form
from rules.matching.names import bare
from rules.matching.spellings import plain
from rules.matching.words import RETURNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.documents import Receipt
    from ledger.money import Money

# Transfers and cheques come back within days; direct debits within eight weeks.
BACK_WITHIN_DAYS = 60


def sent_back(receipts: Iterable[Receipt], own_names: Iterable[str]) -> frozenset[str]:
    """Give the ids of the bank's receipts that a later line of the bank takes away again.

    What comes from `own_names` goes to and fro between own accounts, and is no payment anyway.
    """
    # A name of no letters is nobody's.
    ours = {name for name in map(bare, own_names) if name}
    lines = [
        one for one in receipts if one.source is Source.BANK and bare(one.payer_name) not in ours
    ]
    gone: dict[Money, list[Receipt]] = defaultdict(list)
    for one in lines:
        if one.amount.minor < 0:
            gone[-one.amount].append(one)
    came = [one for one in lines if one.amount in gone]
    return frozenset(
        one.ref.id for one in came if any(takes(back, one) for back in gone[one.amount])
    )


def takes(back: Receipt, money: Receipt) -> bool:
    """Whether a line that took an amount away may have taken this money back."""
    days = days_between(money.received, back.received)
    if not 0 <= days <= BACK_WITHIN_DAYS:
        return False
    if back.payer_account and money.payer_account:
        return account_form(back.payer_account) == account_form(money.payer_account)
    names = bare(back.payer_name), bare(money.payer_name)
    if all(names):
        return names[0] == names[1]
    # The line does not say whose money it was.
    return RETURNED.search(plain(f"{back.text} {back.reference}")) is not None
