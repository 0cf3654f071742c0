"""One customer or one invoice: what is open, which steps were taken, what holds it, its journal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from connector.protocol import Ability
from flows import promising
from flows.work import rules_of
from ledger.documents import Kind
from rules.facts import Hold
from store import connections, holds, journal, mirror, online, steps
from web import papers, telling
from web.visit import looking, now, organisation, site, today, who

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from ledger.documents import Customer, Invoice
    from store.holds import HoldRow

pages = Blueprint("subjects", __name__, url_prefix="/o/<public_id>")

ENTRIES = 20
REASON_CHARS_MAX = 500
# What a person may set; the other words of `hold_when` come from what was seen.
PLACEABLE = {"dunning_block": "Dunning block", "disputed": "Dispute", "promise_open": "Promise"}


def _customer(customer_id: str) -> Customer:
    with looking() as s:
        found = mirror.customer(s, organisation().id, customer_id)
    if found is None:
        abort(404)
    return found


def _invoice(invoice_id: str) -> Invoice:
    with looking() as s:
        found = mirror.invoice(s, organisation().id, invoice_id)
    if found is None:
        abort(404)
    return found


@pages.get("/customers/<path:customer_id>")
def customer(customer_id: str) -> str:
    """Show a customer with everything that concerns its dunning."""
    found = _customer(customer_id)
    subject, ours = f"{Kind.CUSTOMER}:{customer_id}", organisation().id
    with looking() as s:
        invoices = mirror.invoices_of(s, ours, customer_id)
        shown = _shown(s, customer_id, None, subject)
    return render_template(
        "customer.html",
        customer=found,
        page=papers.page_of(found),
        invoices=sorted(invoices, key=lambda one: one.due),
        **shown,
    )


def _in_force(s: Session) -> list[HoldRow]:
    """List the holds that hold today: a promise does for its days of grace as well."""
    ours, day = organisation().id, today()
    grace = timedelta(days=rules_of(s, ours).dunning.promise_grace_days)
    return [
        one
        for one in holds.all_open(s, ours, day - grace)
        if one.hold.until is None or one.hold.until >= day or one.hold.kind == holds.PROMISE
    ]


def _shown(s: Session, customer_id: str, invoice_id: str | None, subject: str) -> dict[str, Any]:
    """Read what both pages show: steps taken, holds, the journal of the subject.

    A hold on the invoice shown counts whoever the invoice belonged to when it was placed.
    """
    ours = organisation().id
    held = _in_force(s)
    return {
        "steps": steps.contacted(s, ours, customer_id),
        "holds": [
            one
            for one in held
            if one.hold.customer_id == customer_id
            or (invoice_id is not None and one.hold.invoice_id == invoice_id)
        ],
        "entries": telling.tell(s, journal.read(s, ours, limit=ENTRIES, subject=subject)),
        "today": today(),
        "placeable": PLACEABLE,
    }


@pages.get("/invoices/<path:invoice_id>")
def invoice(invoice_id: str) -> str:
    """Show an invoice with everything that concerns its dunning."""
    found = _invoice(invoice_id)
    with looking() as s:
        owner = mirror.customer(s, organisation().id, found.customer_id)
        shown = _shown(s, found.customer_id, invoice_id, f"{Kind.INVOICE}:{invoice_id}")
        books = connections.books_of(s, organisation().id)
        known = online.known(s, organisation().id, books.id, [invoice_id]) if books else {}
    shown["steps"] = [one for one in shown["steps"] if one.invoice_id == invoice_id]
    shown["holds"] = [one for one in shown["holds"] if one.hold.invoice_id in {None, invoice_id}]
    return render_template(
        "invoice.html",
        invoice=found,
        customer=owner,
        ledger=books,
        can=papers.abilities(books),
        url=known.get(invoice_id, ""),
        page=papers.page_of(found),
        Ability=Ability,
        **shown,
    )


@pages.post("/holds/customer/<path:customer_id>")
def hold_customer(customer_id: str) -> Response:
    """Hold back every reminder to a customer."""
    _customer(customer_id)
    _place(customer_id, None)
    return redirect(url_for("subjects.customer", customer_id=customer_id))


@pages.post("/holds/invoice/<path:invoice_id>")
def hold_invoice(invoice_id: str) -> Response:
    """Hold back every reminder about one invoice."""
    found = _invoice(invoice_id)
    _place(found.customer_id, invoice_id)
    return redirect(url_for("subjects.invoice", invoice_id=invoice_id))


def _place(customer_id: str, invoice_id: str | None) -> None:
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "").strip()
    try:
        until = _day(request.form.get("until", "").strip())
    except ValueError as error:
        flash(str(error), "error")
        return
    if kind not in PLACEABLE or not reason:
        flash("Choose what it is and say why; the journal keeps the reason.", "error")
        return
    if kind == holds.PROMISE and until is None:
        flash("Until: a promise needs the day it was made for, as 2026-12-31.", "error")
        return
    hold = Hold(customer_id, kind, reason[:REASON_CHARS_MAX], invoice_id, until)
    with site().tools.sessions.begin() as s:
        promising.record(s, organisation().id, hold, who(), now())
    flash(f"{PLACEABLE[kind]} is in place: no reminder goes out while it holds.")


def _day(text: str) -> date | None:
    """Read the end of a hold; empty means until released. Raises ValueError, naming the fix."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        msg = f"Until: {text!r} is no day; write it as 2026-12-31, or leave it empty."
        raise ValueError(msg) from None
    if day < today():
        msg = f"Until: {text} is past; choose today or a later day, or leave it empty."
        raise ValueError(msg)
    return day


@pages.post("/holds/<int:hold_id>/release")
def release(hold_id: int) -> Response:
    """End a hold before its day."""
    with site().tools.sessions.begin() as s:
        found = next((one for one in _in_force(s) if one.id == hold_id), None)
        if found is None:
            abort(404)
        promising.release(s, organisation().id, found, who(), now())
    flash("Released. Reminders follow the rules again.")
    if found.hold.invoice_id:
        return redirect(url_for("subjects.invoice", invoice_id=found.hold.invoice_id))
    return redirect(url_for("subjects.customer", customer_id=found.hold.customer_id))
