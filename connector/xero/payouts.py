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
from connector.xero.walk import PAGE
from ledger.documents import Purpose
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError
from ledger.money import Money, total
from ledger.payouts import BookedPart, Movement, Payout, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.xero.calls import Calls, Doc
    from connector.xero.preflight import Preflight

FEES, TRANSFER = "bank_transaction", "bank_transfer"
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
            fees = self._spend(payout, key, day, processor, lines)
        if transfer is None and bank is not None:
            try:
                transfer = self._move(payout, key, day, processor, bank)
            except (RefusedError, StaleError):
                if spent and fees is not None:
                    self._unspend(fees.id, f"{mark(key)}-{fees.id}")
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
            undo = self._unmove if one.part == TRANSFER else self._unspend
            undo(one.id, f"{mark(key)}-{one.id}")

    def _lines(self, payout: Payout, chart: Chart) -> list[models.LineItem]:
        """Write the fees as cost, their tax on a line of its own, at the account's own tax rate."""
        if not payout.fees:
            return []
        account = chart.chosen(Purpose.FEES)
        tax = total((one.tax for one in payout.entries), payout.net.currency)
        code, rate = text(account, "Code"), chart.tax_type(account)
        # Not every account has a code; its id always is one.
        place = {"account_code": code} if code else {"account_id": text(account, "AccountID")}
        said = (
            (f"Fees of payout {payout.ref.id}", payout.fees - tax),
            (f"Tax on the fees of payout {payout.ref.id}", tax),
        )
        return [
            models.LineItem(description=words, line_amount=amount.decimal, tax_type=rate, **place)
            for words, amount in said
            if amount
        ]

    def _spend(
        self,
        payout: Payout,
        key: str,
        day: date,
        processor: Doc,
        lines: list[models.LineItem],
    ) -> BookedPart:
        entry = models.BankTransaction(
            type="SPEND",
            contact=models.Contact(name=PAYEE),
            bank_account=models.Account(account_id=text(processor, "AccountID")),
            # The total is what was withheld, to the last unit, whatever tax Xero finds in it.
            line_amount_types=models.LineAmountTypes.INCLUSIVE,
            line_items=lines,
            date=day,
            reference=_reference(payout),
        )
        whole = models.BankTransactions(bank_transactions=[entry])
        answer = self._calls.write("create_bank_transactions", whole, key=f"{mark(key)}-fees")
        made = documents(answer.get("BankTransactions"))
        return _named(made, "BankTransactionID", FEES, payout.fees)

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
        made = documents(answer.get("BankTransfers"))
        return _named(made, "BankTransferID", TRANSFER, payout.net)

    def _made(self, payout: Payout) -> tuple[BookedPart | None, BookedPart | None]:
        fees = self._fees(payout) if payout.fees else None
        return fees, self._transfer(payout) if payout.net else None

    def _fees(self, payout: Payout) -> BookedPart | None:
        where = f'Type=="SPEND" AND {_since(payout)}'
        number = 1
        while True:
            page = self._calls.listed(
                "bank_transactions", "BankTransactions", where=where, page=number, page_size=PAGE
            )
            found = _marked(page, _tag(payout), "BankTransactionID", FEES, payout.fees, "Total")
            if found is not None or len(page) < PAGE:
                return found
            number += 1

    def _transfer(self, payout: Payout) -> BookedPart | None:
        listed = self._calls.listed("bank_transfers", "BankTransfers", where=_since(payout))
        return _marked(listed, _tag(payout), "BankTransferID", TRANSFER, payout.net, "Amount")

    def _require_no_twin(self, payout: Payout, processor: Doc, bank: Doc) -> None:
        """Refuse what a bookkeeper seems to have booked already; costs one call."""
        ids = [text(one, "AccountID") for one in _ends(payout, processor, bank)]
        for one in self._calls.listed("bank_transfers", "BankTransfers", where=_since(payout)):
            named = [text(part(one, f"{end}BankAccount"), "AccountID") for end in ("From", "To")]
            day = day_of(one, "Date")
            same = money(one, "Amount", payout.net.currency) == abs(payout.net)
            near = day is None or abs(day - payout.arrives) <= TWIN
            living = text(one, "Status") != "DELETED"
            if living and same and near and named == ids and not _is_ours(text(one, "Reference")):
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

    def _unspend(self, key: str, name: str) -> None:
        """Delete money spent: Xero wants to be told its account and lines again."""
        found = self._calls.listed("bank_transaction", "BankTransactions", key)
        if not found or text(found[0], "Status") == "DELETED":
            return
        account = found[0].get("BankAccount")
        lines = [
            models.LineItem(
                line_item_id=text(one, "LineItemID") or None, description=text(one, "Description")
            )
            for one in documents(found[0].get("LineItems"))
        ]
        entry = models.BankTransaction(
            type="SPEND",
            bank_account=models.Account(
                account_id=text(account, "AccountID") if isinstance(account, dict) else None
            ),
            line_items=lines,
            status="DELETED",
        )
        whole = models.BankTransactions(bank_transactions=[entry])
        self._calls.write("update_bank_transaction", key, whole, key=name)


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


def _named(made: list[Doc], field: str, what: str, amount: Money) -> BookedPart:
    key = text(made[0], field) if made else ""
    if not key:
        raise UnknownOutcomeError(f"Xero's answer does not name the {what.replace('_', ' ')}")
    return BookedPart(key, what, amount)


def _marked(
    listed: list[Doc], tag: str, field: str, what: str, wanted: Money, amount: str
) -> BookedPart | None:
    """Find what carries the mark and is not deleted.

    Raises RefusedError when a person changed its amount since: booking it again would be wrong.
    """
    for one in listed:
        if tag not in text(one, "Reference") or text(one, "Status") == "DELETED":
            continue
        if money(one, amount, wanted.currency) != abs(wanted):
            msg = f"the {what.replace('_', ' ')} of {wanted} was changed in Xero since"
            raise RefusedError(f"{msg}; set it right there by hand")
        return BookedPart(text(one, field), what, wanted)
    return None
