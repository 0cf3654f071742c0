"""A payout in QuickBooks: one Deposit equal to what arrives at the bank, which its feed can match.

Payments that wait in Undeposited Funds are linked to it one by one. Where payments are booked into
a clearing account, the deposit takes the gross from there. What was kept is a negative line.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from connector.marks import mark, receipt_mark
from connector.quickbooks import translate
from connector.quickbooks.calls import among, quoted, statement
from connector.quickbooks.lines import (
    MARK_ROOM,
    MEMO_MAX,
    Doc,
    attempt,
    is_marked,
    is_void,
    marked,
)
from connector.quickbooks.text import clip, read
from ledger.documents import Purpose, Source
from ledger.errors import RefusedError, StaleError
from ledger.money import Money, total
from ledger.payouts import BookedPart, Movement, Payout, PayoutEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company

DEPOSIT = "deposit"
UNDEPOSITED = "UndepositedFunds"
# A deposit may have been dated a little before the payout arrived, or booked by hand that near it.
LOOK_BACK = timedelta(days=14)
TWIN = timedelta(days=7)
# How every mark of ours begins.
OURS = "[DNK-"


class Payouts:
    """The payouts of one company; `accounts` are those chosen for money, payouts and fees."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str], company: Company) -> None:
        """Make no call yet."""
        self._calls = calls
        self._accounts = accounts
        self._company = company

    def book(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book a payout once: what this key did already is given back.

        Raises RefusedError, in words for a person, when the deposit would not be right to the cent.
        """
        _require_clear(payout)
        bank, kept = self._chosen(Purpose.PAYOUTS), _kept(payout)
        lines = [_line(-kept, self._chosen(Purpose.FEES), "fees")] if kept else []
        deposits = self._deposits(payout)
        if done := _done(deposits, payout, key):
            return done
        _require_no_twin(deposits, payout, bank)
        payments, accounts = self._read(payout)
        currency = payout.net.currency
        if currency != self._company.home():
            raise RefusedError(f"a payout in {currency} is booked by hand: its rate is not known")
        body: Doc = {
            "DepositToAccountRef": {"value": bank},
            "TxnDate": day.isoformat(),
            "CurrencyRef": {"value": currency},
            "PrivateNote": self._memo(payout, key),
            "Line": [*self._incoming(payout, payments, accounts), *lines],
        }
        made = self._calls.create("Deposit", body, mark(key))
        return (BookedPart(read(made["Id"]), DEPOSIT, payout.net),)

    def find(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Look up whether `book` with this key was carried out."""
        return _done(self._deposits(payout), payout, key)

    def unbook(self, parts: Sequence[BookedPart], key: str) -> None:
        """Delete the deposit, which sets its payments free; QuickBooks cannot void one.

        Raises StaleError when somebody changed what it comes to.
        """
        for part in parts:
            for doc in self._calls.every("Deposit", f"Id = {quoted(part.id)}"):
                if translate.amount(doc.get("TotalAmt"), part.amount.currency) != part.amount:
                    raise StaleError("the deposit was changed in QuickBooks since")
                body = {"Id": doc["Id"], "SyncToken": doc.get("SyncToken")}
                self._calls.delete("Deposit", body, attempt(key, doc))

    def _chosen(self, purpose: Purpose) -> str:
        account = self._accounts.get(purpose, "")
        if not account:
            raise RefusedError(f"no account is chosen for {purpose.value}; choose one in Settings")
        return account

    def _memo(self, payout: Payout, key: str) -> str:
        told = clip(self._company.fits(f"payout {payout.ref.id}"), MEMO_MAX - MARK_ROOM)
        return marked(told, key)

    def _deposits(self, payout: Payout) -> list[Doc]:
        first = payout.arrives - LOOK_BACK
        return self._calls.every("Deposit", f"TxnDate >= {quoted(first.isoformat())}")

    def _read(self, payout: Payout) -> tuple[list[Doc], dict[str, Doc]]:
        """Read the payments booked for the payout, and the accounts they may be in, in one call."""
        texts = [statement("Account", "AccountType = 'Other Current Asset'")]
        numbers = [receipt_mark(Source.STRIPE, one.receipt_id) for one in _payments(payout)]
        # An empty list is no condition.
        if numbers:
            texts.append(statement("Payment", among("PaymentRefNum", numbers)))
        answers = self._calls.pages([*texts, *self._company.unknown()])
        self._company.learn(answers[len(texts) :])
        accounts = {read(doc.get("Id")): doc for doc in answers[0]}
        return (answers[1] if numbers else []), accounts

    def _incoming(
        self, payout: Payout, payments: Sequence[Doc], accounts: Mapping[str, Doc]
    ) -> list[Doc]:
        """Write the lines of what came in before anything was kept."""
        waiting = {key for key, doc in accounts.items() if doc.get("AccountSubType") == UNDEPOSITED}
        clearing = self._accounts.get(Purpose.STRIPE, "")
        if not clearing or clearing in waiting:
            _require_payments_only(payout)
            return [
                line
                for entry in _payments(payout)
                for line in _linked(entry, _booked(payments, entry), waiting)
            ]
        if clearing == self._accounts.get(Purpose.PAYOUTS):
            raise RefusedError(
                "payments are booked into the bank account itself, so nothing is left to move;"
                " choose Undeposited Funds or a clearing account for them"
            )
        gross = payout.net + _kept(payout)
        return [_line(gross, clearing, "payments less refunds and disputes")] if gross else []


def _require_clear(payout: Payout) -> None:
    for one in payout.unknown:
        raise RefusedError(f"the payout holds {one.net} of a kind not known here: {one.said}")
    if not payout.adds_up:
        raise RefusedError("the parts of the payout do not make up what is paid out")
    if payout.net.minor <= 0:
        raise RefusedError(f"QuickBooks has no deposit of {payout.net}: book this payout by hand")


def _require_no_twin(deposits: Sequence[Doc], payout: Payout, bank: str) -> None:
    """Refuse what a bookkeeper seems to have booked already, from the bank feed perhaps."""
    for doc in deposits:
        account = doc.get("DepositToAccountRef")
        into = read(account.get("value")) if isinstance(account, dict) else ""
        same = translate.amount(doc.get("TotalAmt"), payout.net.currency) == payout.net
        if same and into == bank and _is_near(doc, payout) and OURS not in _memo_of(doc):
            raise RefusedError(
                f"a deposit of {payout.net} on {read(doc.get('TxnDate'))} is in QuickBooks already"
            )


def _is_near(doc: Doc, payout: Payout) -> bool:
    try:
        day = date.fromisoformat(read(doc.get("TxnDate"))[:10])
    except ValueError:
        return True
    return abs(day - payout.arrives) <= TWIN


def _require_payments_only(payout: Payout) -> None:
    """Refuse what only a clearing account can take in."""
    for one in payout.entries:
        if one.movement not in (Movement.PAYMENT, Movement.FEE) and one.gross:
            raise RefusedError(
                f"{one.movement.value} of {one.gross} in the payout: book it by hand, or choose a"
                " clearing account for payments"
            )


def _payments(payout: Payout) -> list[PayoutEntry]:
    return [one for one in payout.entries if one.movement is Movement.PAYMENT]


def _kept(payout: Payout) -> Money:
    """Sum what was kept: the fees of all entries, and the entries that are fees."""
    currency = payout.net.currency
    charged = (one.gross for one in payout.entries if one.movement is Movement.FEE)
    return payout.fees - total(charged, currency)


def _booked(payments: Sequence[Doc], entry: PayoutEntry) -> list[Doc]:
    """Find what is booked of one payment at Stripe."""
    number = receipt_mark(Source.STRIPE, entry.receipt_id)
    same = (one for one in payments if read(one.get("PaymentRefNum")) == number)
    return [one for one in same if not is_void(one)]


def _linked(entry: PayoutEntry, booked: Sequence[Doc], waiting: set[str]) -> list[Doc]:
    """Write the lines that take one payment's bookings out of Undeposited Funds, all of it."""
    amounts = [translate.amount(one.get("TotalAmt"), entry.gross.currency) for one in booked]
    there = total((one for one in amounts if one is not None), entry.gross.currency)
    if there != entry.gross:
        raise RefusedError(
            f"{there} of payment {entry.receipt_id} over {entry.gross} is in QuickBooks: apply it"
            " first"
        )
    for one in booked:
        account = one.get("DepositToAccountRef")
        if isinstance(account, dict) and read(account.get("value")) not in waiting:
            raise RefusedError(f"payment {entry.receipt_id} is not in Undeposited Funds")
        if _is_deposited(one):
            raise RefusedError(f"payment {entry.receipt_id} is in a deposit already")
    return [
        {
            "Amount": one["TotalAmt"],
            "LinkedTxn": [{"TxnId": read(one["Id"]), "TxnType": "Payment", "TxnLineId": "0"}],
        }
        for one in booked
    ]


def _is_deposited(payment: Doc) -> bool:
    links = payment.get("LinkedTxn")
    found = [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []
    return any(read(one.get("TxnType")) == "Deposit" for one in found)


def _line(amount: Money, account: str, said: str) -> Doc:
    return {
        "Amount": amount.decimal,
        "Description": said,
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": {"AccountRef": {"value": account}},
    }


def _memo_of(doc: Doc) -> str:
    return read(doc.get("PrivateNote"))


def _done(deposits: Sequence[Doc], payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
    for doc in deposits:
        if is_marked(doc, key):
            return (BookedPart(read(doc.get("Id")), DEPOSIT, payout.net),)
    return None
