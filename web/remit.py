"""Saying what a payment is for: a list of open invoices to tick, behind the link in a mail.

Nobody signs in here. The link itself is the permission, for one payment and one payer. Opening it
changes nothing; what is posted becomes the payment's remittance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from flows import answering
from flows.pay_links import DeadLinkError
from web.pay import BUSY, WAIT_SECONDS, Turnstile
from web.visit import looking, now, site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from werkzeug.wrappers import Response

    from flows.answering import Sheet
    from flows.ask_links import Asked

pages = Blueprint("remit", __name__, url_prefix="/remit")

EXTENSION = "dunnock-remit-turnstile"
TICK = "tick"
PAY = "pay:"

DEAD = (
    "This link no longer works",
    "It is too old, or a part of it got lost. Please reply to the message you got.",
)
NOTHING = (
    "Nothing to do",
    "This payment is booked, or nothing is open any more. Thank you.",
)


def register(app: Flask) -> None:
    """Add the page, and a turnstile of this application's own."""
    app.extensions[EXTENSION] = Turnstile()
    app.register_blueprint(pages)


@pages.get("/<token>")
def show(token: str) -> str | tuple[str, int]:
    """Show the payment and what is open, with what was answered before."""
    asked = _asked(token)
    if asked is None:
        return _said(*DEAD), 410
    with looking() as s:
        found = answering.sheet(s, asked)
    return _page(found, {}, "") if found else _said(*NOTHING)


@pages.post("/<token>")
def answer(token: str) -> Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Keep the answer; what does not add up is said above the list."""
    asked = _asked(token)
    if asked is None:
        return _said(*DEAD), 410
    about = f"{asked.organisation}:{asked.source}:{asked.receipt_id}"
    if not current_app.extensions[EXTENSION].lets(about, now()):
        return _said(*BUSY), 429, {"Retry-After": str(WAIT_SECONDS)}
    with site().tools.sessions.begin() as s:
        found = answering.sheet(s, asked)
        if found is None:
            return _said(*NOTHING)
        ticked = {one: request.form.get(f"{PAY}{one}", "") for one in request.form.getlist(TICK)}
        try:
            answering.receive(s, asked, found, ticked, request.form.get("remark", ""), now())
        except ValueError as error:
            return _page(found, request.form, str(error)), 422
    return redirect(url_for("remit.show", token=token), 303)


def _asked(token: str) -> Asked | None:
    links = site().tools.ask_links
    try:
        return links.read(token, now()) if links else None
    except DeadLinkError:
        return None


def _page(found: Sheet, typed: Mapping[str, str], problem: str) -> str:
    before = {one.reference: one.amount for one in found.answer.lines} if found.answer else {}
    rows = []
    for one in found.invoices:
        said = before.get(one.number)
        pay = typed.get(f"{PAY}{one.ref.id}") or (said.text if said else one.balance.text)
        ticked = one.ref.id in request.form.getlist(TICK) if typed else one.number in before
        rows.append((one, ticked, pay))
    remark = typed.get("remark", found.answer.remark if found.answer else "")
    return render_template("remit.html", found=found, rows=rows, remark=remark, problem=problem)


def _said(title: str, text: str) -> str:
    return render_template("pay.html", title=title, text=text, way=None, asks=False)
