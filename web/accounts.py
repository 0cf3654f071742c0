"""Where money is booked: the ledger accounts that payments, payouts and fees go through."""

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
        "What Stripe keeps of each payout is booked here, usually as an expense.",
    ),
}


def _serves(account: Account, purpose: Purpose) -> bool:
    """Say whether an account may be chosen; where the ledger tells nothing, for payments alone."""
    return purpose in (account.purposes or {Purpose.STRIPE})


def _ledger_accounts() -> tuple[list[Account], str]:
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
        Question(purpose, *words, tuple(one for one in found if _serves(one, purpose)))
        for purpose, words in WORDS.items()
    ]
    # Where the ledger has no account for payouts, nothing is asked about them.
    return asked if all(one.accounts for one in asked) else asked[:1]


@pages.get("/connections/accounts")
def show() -> str:
    """Let a person choose the ledger account for each purpose."""
    found, problem = _ledger_accounts()
    ours = organisation()
    return render_template(
        "accounts.html",
        questions=_questions(found),
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
    found, problem = _ledger_accounts()
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
            return {**chosen, Purpose.PAYOUTS: "", Purpose.FEES: ""}
        if wanted and wanted not in {account.id for account in one.accounts}:
            msg = f"{one.title}: choose one of the accounts listed."
            raise ValueError(msg)
        if wanted:
            chosen[one.purpose] = wanted
    if Purpose.STRIPE not in chosen:
        msg = f"{WORDS[Purpose.STRIPE][0]}: choose one of the accounts listed."
        raise ValueError(msg)
    if (Purpose.PAYOUTS in chosen) != (Purpose.FEES in chosen):
        msg = "Choose both the bank account and the account for fees: a payout is booked with them."
        raise ValueError(msg)
    if chosen.get(Purpose.PAYOUTS) == chosen[Purpose.STRIPE]:
        msg = "Money at Stripe and the bank account cannot be the same account."
        raise ValueError(msg)
    return chosen


def _said(chosen: Mapping[Purpose, str], names: Mapping[str, str]) -> str:
    said = f"Money from Stripe is booked into {names[chosen[Purpose.STRIPE]]}"
    if chosen.get(Purpose.PAYOUTS):
        bank, fees = names[chosen[Purpose.PAYOUTS]], names[chosen[Purpose.FEES]]
        return f"{said}, payouts into {bank}, fees into {fees}"
    return f"{said}; payouts are booked by hand" if Purpose.PAYOUTS in chosen else said
