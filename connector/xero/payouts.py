"""A payout with its fees in Xero: money spent on fees, and a transfer of the rest to the bank.

Payments were booked gross into the bank-type account of the processor. From there the fees are
spent and what arrived is transferred, so that each line of the bank statement has one line to match
and the processor's account holds what it still owes. Each step carries a mark made from the payout
and is looked up before it is made: whatever interrupts them is continued by doing it all again, and
no second action books the same payout.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.marks import is_mark, mark
from connector.protocol import Ability
from connector.raw import documents
from connector.xero.chart import Chart
from connector.xero.fields import day as day_of
from connector.xero.fields import money, part, text
from connector.xero.paying import LOOK_BACK, REFERENCE_MAX
from connector.xero.spending import SPENT, Expense, Spending, costs, marked, named
from ledger.documents import Purpose
from ledger.errors import RefusedError, StaleError
from ledger.money import total
from ledger.payouts import BookedPart, Movement, Payout, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.xero.calls import Calls, Doc
    from connector.xero.preflight import Preflight

TRANSFER = "bank_transfer"
PAYEE = "Stripe"
# A transfer by hand of the same amount is taken for the payout's when so near to its arrival.
TWIN = timedelta(days=7)
# What only a person can book: money that went back, and what nobody here knows.
_BY_HAND = {
    Movement.REFUND: "a refund",
    Movement.DISPUTE: "a dispute",
    Movement.UNKNOWN: "a movement that is not known here",
}


class Payouts:
    """The payouts booked in one organisation."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str], preflight: Preflight) -> None:
        """Make no call yet."""
        self._preflight = preflight
        self._calls = calls
        self._accounts = accounts
        self._spending = Spending(calls)

    def book(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book what is not booked yet. Raises RefusedError, and then nothing of it is booked."""
        _check(payout)
        currency = payout.net.currency
        self._preflight.check(Ability.PAYOUT, currency, day)
        chart = Chart(self._calls, self._accounts)
        processor = chart.bank(Purpose.STRIPE, currency)
        bank = chart.bank(Purpose.PAYOUTS, currency) if payout.net else None
        lines = self._lines(payout, chart)
        fees, transfer = self._made(payout)
        if transfer is None and bank is not None:
            self._require_no_twin(payout, processor, bank)
        spent = fees is None and bool(lines)
        if spent:
            expense = Expense(text(processor, "AccountID"), PAYEE, lines, day, _reference(payout))
            made = self._spending.make(expense, f"{mark(key)}-fees")
            fees = BookedPart(made, SPENT, payout.fees)
        if transfer is None and bank is not None:
            try:
                transfer = self._move(payout, key, day, processor, bank)
            except (RefusedError, StaleError):
                if spent and fees is not None:
                    self._spending.remove(fees.id, f"{mark(key)}-{fees.id}")
                raise
        return tuple(one for one in (fees, transfer) if one)

    def find(self, payout: Payout) -> tuple[BookedPart, ...] | None:
        """Look up both steps; None unless all that the payout needs is there."""
        fees, transfer = self._made(payout)
        if (payout.fees and fees is None) or (payout.net and transfer is None):
            return None
        return tuple(one for one in (fees, transfer) if one)

    def unbook(self, parts: Sequence[BookedPart], key: str) -> None:
        """Delete the transfer, then the fees; what is deleted already stays so."""
        for one in sorted(parts, key=lambda made: made.part != TRANSFER):
            undo = self._unmove if one.part == TRANSFER else self._spending.remove
            undo(one.id, f"{mark(key)}-{one.id}")

    def _lines(self, payout: Payout, chart: Chart) -> tuple[models.LineItem, ...]:
        """Write the fees as cost, their tax on a line of its own."""
        if not payout.fees:
            return ()
        tax = total((one.tax for one in payout.entries), payout.net.currency)
        return costs(
            chart,
            (
                (f"Fees of payout {payout.ref.id}", payout.fees - tax),
                (f"Tax on the fees of payout {payout.ref.id}", tax),
            ),
        )

    def _move(self, payout: Payout, key: str, day: date, processor: Doc, bank: Doc) -> BookedPart:
        origin, target = (
            models.Account(account_id=text(one, "AccountID"))
            for one in _ends(payout, processor, bank)
        )
        transfer = models.BankTransfer(
            from_bank_account=origin,
            to_bank_account=target,
            amount=abs(payout.net.decimal),
            date=day,
            reference=_reference(payout),
        )
        whole = models.BankTransfers(bank_transfers=[transfer])
        answer = self._calls.write("create_bank_transfer", whole, key=f"{mark(key)}-move")
        made = named(documents(answer.get("BankTransfers")), TRANSFER)
        return BookedPart(made, TRANSFER, payout.net)

    def _made(self, payout: Payout) -> tuple[BookedPart | None, BookedPart | None]:
        fees = self._fees(payout) if payout.fees else None
        return fees, self._transfer(payout) if payout.net else None

    def _fees(self, payout: Payout) -> BookedPart | None:
        found = self._spending.find(payout.arrives - LOOK_BACK, _tag(payout), payout.fees)
        return None if found is None else BookedPart(found, SPENT, payout.fees)

    def _transfer(self, payout: Payout) -> BookedPart | None:
        listed = self._calls.listed("bank_transfers", "BankTransfers", where=_since(payout))
        found = marked(listed, _tag(payout), TRANSFER, payout.net, "Amount")
        return None if found is None else BookedPart(found, TRANSFER, payout.net)

    def _require_no_twin(self, payout: Payout, processor: Doc, bank: Doc) -> None:
        """Refuse what a bookkeeper seems to have booked already; costs one call."""
        ids = [text(one, "AccountID") for one in _ends(payout, processor, bank)]
        for one in self._calls.listed("bank_transfers", "BankTransfers", where=_since(payout)):
            ends = [text(part(one, f"{end}BankAccount"), "AccountID") for end in ("From", "To")]
            day = day_of(one, "Date")
            same = money(one, "Amount", payout.net.currency) == abs(payout.net)
            near = day is None or abs(day - payout.arrives) <= TWIN
            living = text(one, "Status") != "DELETED"
            if living and same and near and ends == ids and not _is_ours(text(one, "Reference")):
                msg = f"a transfer of {abs(payout.net)} between these accounts is in Xero already"
                raise RefusedError(f"{msg}; if it is payout {payout.ref.id}, book its fees by hand")

    def _unmove(self, key: str, name: str) -> None:
        gone = models.BankTransferDeleteByUrlParam(status="DELETED")
        try:
            self._calls.write("delete_bank_transfer", key, gone, key=name)
        except (RefusedError, StaleError):
            found = self._calls.listed("bank_transfer", "BankTransfers", key)
            if any(text(one, "Status") != "DELETED" for one in found):
                raise


def _check(payout: Payout) -> None:
    """Raise RefusedError, saying what a person has to do, for what cannot be booked."""
    name = f"payout {payout.ref.id} of {payout.net}"
    if payout.unread or payout.stage is not Stage.PAID:
        said = payout.unread or f"it is {payout.stage.replace('_', ' ')}"
        raise RefusedError(f"{name} cannot be booked yet: {said}")
    for one in payout.entries:
        if one.movement in _BY_HAND:
            what = f"{_BY_HAND[one.movement]} of {one.gross} ({one.said or one.id})"
            raise RefusedError(f"{name} holds {what}; book this payout in Xero by hand")
    if not payout.traced or not payout.adds_up:
        msg = f"{name} is not the sum of what is known of it"
        raise RefusedError(f"{msg}; book this payout in Xero by hand")


def _ends(payout: Payout, processor: Doc, bank: Doc) -> tuple[Doc, Doc]:
    """Say from where to where: what a negative payout takes comes from the bank."""
    return (processor, bank) if payout.net.minor > 0 else (bank, processor)


def _is_ours(reference: str) -> bool:
    """Say whether a reference ends in a mark."""
    return is_mark(reference.rpartition(" ")[2])


def _tag(payout: Payout) -> str:
    return mark(f"payout:{payout.ref.id}")


def _reference(payout: Payout) -> str:
    return f"{payout.ref.id[:REFERENCE_MAX]} {_tag(payout)}"


def _since(payout: Payout) -> str:
    return f"Date>=DateTime({payout.arrives - LOOK_BACK:%Y,%m,%d})"
