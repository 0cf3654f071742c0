"""What an accountant does with her bank: hands statements in, answers what is asked of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from store import bank_lines

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.bank.standin import Statement
    from sandbox.story.companies import Company
    from sandbox.story.event import Event
    from worlds.accountant import Accountant
    from worlds.users import Users


class BankDesk:
    """Sees to the statements of every company that has a bank."""

    def __init__(self, users: Users, accountant: Accountant) -> None:
        """Begin with nothing in the drawer."""
        self.users = users
        self.accountant = accountant
        # Files that are handed in with the next ones: forgotten, or lost when the product died.
        self._drawer: dict[str, list[Statement]] = defaultdict(list)

    def hand_in(self, company: Company, organisation_id: int, now: datetime, how: str) -> None:
        """Fetch what the bank printed until today, and hand it in as `how` says.

        A late file comes after the next one; one that is handed in again comes twice.
        """
        drawer = self._drawer[company.key]
        drawer.insert(0, self.users.statement(company, now))
        if how == "late":
            return
        while drawer:
            file = (drawer[0].name, drawer[0].body)
            self.accountant.hand_in(organisation_id, *file)
            if how == "again":
                self.accountant.upload(organisation_id, *file)
            drawer.pop(0)

    def settle(self, company: Company, organisation_id: int) -> int:
        """Undo what the bank took back, and say what is seen twice; gives how much was settled."""
        if not company.bank:
            return 0
        settled = self.accountant.settle_returned(organisation_id)

        def twins(receipt_id: str) -> set[str] | None:
            return self._twins(company, organisation_id, receipt_id)

        return settled + self.accountant.settle_seen(organisation_id, twins)

    def event_of(self, company: Company, organisation_id: int, receipt_id: str) -> Event | None:
        """Say what brought the money of a line; None when it came in by another way."""
        with self.users.town.house.sessions() as s:
            lines = bank_lines.of_receipts(s, organisation_id, [receipt_id])
        line = lines.get(receipt_id)
        if line is None:
            return None
        return self.users.wire_of(company.key, line.booked, line.amount.minor, line.payer_name)

    def _twins(self, company: Company, organisation_id: int, receipt_id: str) -> set[str] | None:
        """Know as what a line stands in the ledger: nothing for money of its own."""
        event = self.event_of(company, organisation_id, receipt_id)
        if event is None:
            return None
        return {
            key
            for (whose, key), one in self.users.receipts.items()
            if whose == company.key and one.how == "both" and one.text == event.text
            if (one.customer, one.minor, one.pays) == (event.customer, event.minor, event.pays)
        }
