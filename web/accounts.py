"""Where money is booked: the ledger accounts that money, payouts and differences go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from flows import payouts
from ledger.documents import Purpose
from ledger.errors import OutsideError
from store import connections, journal
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from connector.protocol import Account

pages = Blueprint("accounts", __name__, url_prefix="/o/<public_id>")

# In the form: payouts are booked without Dunnock.
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Question:
    """One account to choose, in plain words."""

    purpose: Purpose
    title: str
    text: str
    accounts: tuple[Account, ...]


WORDS = {
    Purpose.STRIPE: (
        "Money at Stripe",
        "A payment seen there is recorded here and set against its invoices; best a clearing one.",
    ),
    Purpose.PAYOUTS: (
        "The bank account that Stripe pays out to",
        "A payout is booked as a transfer from the account above to this one.",
    ),
    Purpose.FEES: (
        "Fees",
        "What Stripe keeps of a payout, or a bank of a transfer, is booked here, as an expense.",
    ),
    Purpose.BANK: (
        "Money on bank statements",
        "Where it is recorded, unless its bank account has an account of its own.",
    ),
    Purpose.DISCOUNTS: (
        "Early payment discounts",
        "What a customer took off for paying early. Left open when nothing is chosen.",
    ),
    Purpose.WITHHOLDING: (
        "Withholding tax",
        "What a customer kept for its tax office. Left open when nothing is chosen.",
    ),
    Purpose.ROUNDING: (
        "Rounding differences",
        "A few cents too little. Left open when nothing is chosen.",
    ),
    Purpose.WRITE_OFFS: (
        "Write-offs",
        "What a person gives up; no rule ever does. Left open when nothing is chosen.",
    ),
}
# Asked of every ledger; the others only where it has accounts that may serve.
ALWAYS = (Purpose.STRIPE, Purpose.BANK)


def serves(account: Account, purpose: Purpose) -> bool:
    """Say whether an account may be chosen; where the ledger tells nothing, for money alone."""
    return purpose in (account.purposes or ALWAYS)


def ledger_accounts() -> tuple[list[Account], str]:
    """Ask the ledger for its accounts; what stands in the way comes back as words."""
    with looking() as s:
        books = connections.books_of(s, organisation().id)
    if books is None:
        return [], "No accounting system is connected."
    try:
        return site().tools.open_books(books).accounts(), ""
    except OutsideError as error:
        return [], f"{books.title} does not answer just now: {error}."


def _questions(found: Sequence[Account]) -> list[Question]:
    asked = [
        Question(purpose, *words, tuple(one for one in found if serves(one, purpose)))
        for purpose, words in WORDS.items()
    ]
    offered = {one.purpose for one in asked if one.accounts}
    if Purpose.FEES not in offered:
        # A payout is booked with its fees or not at all.
        offered.discard(Purpose.PAYOUTS)
    return [one for one in asked if one.purpose in offered or one.purpose in ALWAYS]


@pages.get("/connections/accounts")
def show() -> str:
    """Let a person choose the ledger account for each purpose."""
    found, problem = ledger_accounts()
    ours = organisation()
    return render_template(
        "accounts.html",
        questions=(questions := _questions(found)),
        asked={one.purpose for one in questions},
        problem=problem,
        chosen={
            **ours.accounts,
            **({Purpose.PAYOUTS: BY_HAND} if payouts.by_hand(ours) else {}),
        },
        since=ours.payouts_since,
        BY_HAND=BY_HAND,
        PAYOUTS=Purpose.PAYOUTS,
    )


@pages.post("/connections/accounts")
def choose() -> Response:
    """Keep what was chosen, if the ledger has it and it is enough."""
    found, problem = ledger_accounts()
    asked = _questions(found)
    chosen: dict[Purpose, str] = {}
    try:
        chosen = {} if problem else _chosen(asked, request.form)
    except ValueError as error:
        problem = str(error)
    if problem:
        flash(problem, "error")
        return redirect(url_for("accounts.show"))
    names = {one.id: one.name for one in found}
    said = _said(chosen, names)
    with site().tools.sessions.begin() as s:
        ours = organisation()
        purposes = {one.purpose for one in asked}
        other = {one: account for one, account in ours.accounts.items() if one not in purposes}
        payouts.choose(s, ours, {**other, **chosen}, now())
        evidence = {purpose.value: account for purpose, account in chosen.items()}
        journal.write(s, ours.id, "changed", who=who(), text=said, now=now(), evidence=evidence)
    flash(f"{said}.")
    return redirect(url_for("connections.show"))


def _chosen(asked: Sequence[Question], form: Mapping[str, str]) -> dict[Purpose, str]:
    """Read the form. Raises ValueError naming the field and what to do."""
    chosen: dict[Purpose, str] = {}
    for one in asked:
        wanted = form.get(one.purpose.value, "")
        if one.purpose is Purpose.PAYOUTS and wanted == BY_HAND:
            chosen[one.purpose] = ""
        elif wanted and wanted not in {account.id for account in one.accounts}:
            msg = f"{one.title}: choose one of the accounts listed."
            raise ValueError(msg)
        elif wanted:
            chosen[one.purpose] = wanted
    _require_enough(chosen)
    return chosen


def _require_enough(chosen: Mapping[Purpose, str]) -> None:
    """Raise ValueError where something could not be booked with what is chosen."""
    stripe, bank = chosen.get(Purpose.STRIPE), chosen.get(Purpose.BANK)
    payouts_to, fees = chosen.get(Purpose.PAYOUTS), chosen.get(Purpose.FEES)
    if not stripe and (payouts_to or not bank):
        msg = f"{WORDS[Purpose.STRIPE][0]}: choose one of the accounts listed."
        raise ValueError(msg)
    # Fees alone serve where payouts are booked by hand, or where only a bank keeps some.
    alone = fees and Purpose.PAYOUTS not in chosen and not bank
    if alone or (payouts_to and not fees):
        msg = "Choose both the bank account and the account for fees: a payout is booked with them."
        raise ValueError(msg)
    if payouts_to and payouts_to == stripe:
        msg = "Money at Stripe and the bank account cannot be the same account."
        raise ValueError(msg)


# How a choice is told in the journal, in this order.
_TOLD = {
    Purpose.STRIPE: "money from Stripe is booked into {}",
    Purpose.PAYOUTS: "payouts into {}",
    Purpose.FEES: "fees into {}",
    Purpose.BANK: "money on bank statements into {}",
    Purpose.DISCOUNTS: "discounts into {}",
    Purpose.WITHHOLDING: "withholding tax into {}",
    Purpose.ROUNDING: "rounding into {}",
    Purpose.WRITE_OFFS: "write-offs into {}",
}


def _said(chosen: Mapping[Purpose, str], names: Mapping[str, str]) -> str:
    told = [
        words.format(names[chosen[purpose]])
        for purpose, words in _TOLD.items()
        if chosen.get(purpose)
    ]
    if chosen.get(Purpose.PAYOUTS) == "":
        told.append("payouts are booked by hand")
    said = ", ".join(told)
    return f"{said[:1].upper()}{said[1:]}"
