"""Overview: how far the mirror has come, what is owed, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from ledger.money import Money, totals
from store import connections, journal, mirror
from web import places, telling
from web.visit import looking, organisation, today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ledger.documents import Invoice

pages = Blueprint("overview", __name__, url_prefix="/o/<public_id>")

LATEST = 6
# Most entries are attempts and notes; so many are read to find the latest that are news.
LOOKED_AT = 120
ROWS_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in one currency."""

    currency: str
    open: Money
    overdue: Money
    invoices: int
    overdue_invoices: int


def owed(invoices: Sequence[Invoice], day: date, home: str) -> list[Owed]:
    """Sum open invoices per currency, `home` first; overdue means due before `day`."""
    late = [one for one in invoices if one.due < day]
    everything = totals(one.balance for one in invoices)
    overdue = totals(one.balance for one in late)
    found = [
        Owed(
            currency,
            amount,
            overdue.get(currency, Money.zero(currency)),
            sum(1 for one in invoices if one.balance.currency == currency),
            sum(1 for one in late if one.balance.currency == currency),
        )
        for currency, amount in everything.items()
    ]
    return sorted(found, key=lambda one: (one.currency != home, one.currency))


@pages.get("/")
def show() -> str:
    """Show the organisation at a glance; every figure opens the rows that make it up."""
    with looking() as s:
        shown = connections.of_organisation(s, organisation().id)
        invoices = mirror.open_invoices(s, organisation().id)
        entries = telling.tell(s, journal.read(s, organisation().id, limit=LOOKED_AT))
    ledger = organisation().ledger
    return render_template(
        "overview.html",
        connections=shown,
        owed=owed(invoices, today(), ledger.currency if ledger else ""),
        waiting=places.waiting(),
        entries=telling.news(entries)[:LATEST],
    )


@pages.get("/invoices")
def invoices() -> str:
    """List open invoices, the oldest due first: the rows behind the overview's figures.

    `currency` shows those of one currency, `late` only those that are overdue.
    """
    currency, late = request.args.get("currency", ""), "late" in request.args
    with looking() as s:
        found = mirror.open_invoices(s, organisation().id)
        customers = mirror.customers(s, organisation().id)
    rows = [
        one
        for one in sorted(found, key=lambda one: (one.balance.currency, one.due, one.number))
        if currency in {"", one.balance.currency} and (not late or one.due < today())
    ]
    last = max(1, -(-len(rows) // ROWS_ON_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    shown = rows[(page - 1) * ROWS_ON_A_PAGE : page * ROWS_ON_A_PAGE]
    return render_template(
        "invoices.html",
        groups={
            currency: [one for one in shown if one.balance.currency == currency]
            for currency in sorted({one.balance.currency for one in shown})
        },
        sums=totals(one.balance for one in rows),
        counts=Counter(one.balance.currency for one in rows),
        chosen={"currency": currency or None, "late": 1 if late else None},
        customers=customers,
        day=today(),
        page=page,
        pages=last,
    )
