"""The companies' bank: carries out what comes and goes, and prints a statement every week.

Besides the story's own transfers it shows what reached the account by another way: payments that
a bookkeeper booked by hand, and what Stripe paid out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zlib import crc32

from sandbox.bank.sheet import Line, iban
from sandbox.bank.standin import ORDINARY, BankStandIn
from sandbox.story.hands import XeroBookkeeper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.bank.standin import Statement
    from sandbox.shelf import Shelf
    from sandbox.story.companies import Company
    from sandbox.story.event import Event
    from sandbox.story.hands import Ledgers
    from sandbox.stripe.standin import StripeStandIn

OPENING_MINOR = 250_000_00
# The banks of each country's accounts, as account numbers begin there.
_BANKS = {"GB": "NWBK601613", "DE": "37040044"}
_NUMBERS = {"GB": 8, "DE": 10}
_BARE = 10
ACCOUNT_CLOSED = "AC04"


def account_number(country: str, name: str) -> str:
    """Give somebody's account number: the same for the same name. In the US they are bare."""
    digits = _NUMBERS.get(country, _BARE)
    if country not in _BANKS:
        return f"{crc32(name.encode()) % 10**digits:0{digits}}"
    return iban(country, f"{_BANKS[country]}{crc32(name.encode()) % 10**digits:0{digits}}")


class Banking:
    """One bank where all companies of a story that have one keep their accounts."""

    def __init__(
        self,
        shelf: Shelf,
        ledgers: Ledgers,
        companies: Iterable[Company],
        start: date,
        stripe: StripeStandIn | None = None,
        paid_by: Mapping[str, str] | None = None,
    ) -> None:
        """Open the accounts that are not open yet.

        `paid_by` names, by company, the account at Stripe that is paid out to its bank.
        """
        self.bank = BankStandIn(shelf)
        self.ledgers = ledgers
        self.start = start
        self.stripe = stripe
        self.paid_by = dict(paid_by or {})
        for company in companies:
            if company.bank:
                self.bank.open_account(
                    company.key,
                    number=account_number(company.country, company.name),
                    currency=company.currencies[0],
                    owner=company.name,
                    opened=start,
                    opening_minor=OPENING_MINOR,
                    form=company.bank,
                )

    def carry_out(self, seq: int, event: Event, country: str, day: date) -> None:
        """Book a wire; a second time does nothing."""
        back = event.how == "returned"
        customer = bool(event.customer)
        line = Line(
            day=day,
            minor=event.minor,
            payer=event.payer,
            account=account_number(country, event.payer) if customer else "",
            text=event.text,
            how="" if back else event.how,
            fee_minor=event.fee_minor,
            returned=ACCOUNT_CLOSED if back else "",
        )
        self.bank.book(event.company, str(seq), line)

    def event_of(self, company: str, day: date, minor: int, payer: str) -> int | None:
        """Say which event of the story a line is; None for what came in by another way."""
        mark = self.bank.mark_of(company, day, minor, payer)
        return int(mark) if mark and mark.isdecimal() else None

    def statement(self, company: Company, day: date) -> Statement:
        """Print what was booked until the day before; the same day again gives the same."""
        with self.bank.shelf.change():
            self._from_books(company)
            self._from_stripe(company)
            return self.bank.statement(company.key, day)

    def _from_books(self, company: Company) -> None:
        keeper = self.ledgers.keepers[company.key]
        if not isinstance(keeper, XeroBookkeeper):
            return
        for one in keeper.booked_by_hand(self.start, company.currencies[0]):
            line = Line(one.day, one.minor, one.payer, text=f"Invoice {one.number}")
            self.bank.book(company.key, f"booked {one.id}", line)

    def _from_stripe(self, company: Company) -> None:
        account = self.paid_by.get(company.key)
        for one in self.stripe.payouts(account) if self.stripe and account else ():
            if one["status"] == "paid":
                day = datetime.fromtimestamp(one["arrival_date"], UTC).date()
                how = ORDINARY[company.bank]
                line = Line(day, one["amount"], "STRIPE PAYMENTS", text="STRIPE", how=how)
                self.bank.book(company.key, f"payout {one['id']}", line)
