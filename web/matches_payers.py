"""Payers: whose the learned names and accounts are, and what rules keep apart; both can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from flows import remembering
from ledger.documents import Source
from rules.matching.remembered import in_words
from store import mirror, payers
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from ledger.documents import Customer, Invoice, Receipt
    from rules.matching.remembered import Mark

pages = Blueprint("matches_payers", __name__, url_prefix="/o/<public_id>/payers")

SHOWN = 200
SOUGHT_MAX = 100


@pages.get("")
def show() -> str:
    """Show whose each mark of a payer is, and the pairs that people took apart."""
    ours, sought = organisation().id, request.args.get("q", "").strip()[:SOUGHT_MAX]
    chosen = request.args.get("mark", "")
    with looking() as s:
        customers = mirror.customers(s, ours)
        known = remembering.all_known(s, ours)
        shared = payers.shared(s, ours)
        apart = _apart(s, ours)
    found = [one for one in known if _is_about(one, sought, customers)]
    return render_template(
        "payers.html",
        marks=found[:SHOWN],
        more=max(len(found) - SHOWN, 0),
        sought=sought,
        chosen=next((one for one in known if remembering.name_of(one) == chosen), None),
        shared=shared,
        customers=customers,
        apart=apart[:SHOWN],
        apart_more=max(len(apart) - SHOWN, 0),
        in_words=in_words,
        name_of=remembering.name_of,
    )


def _is_about(mark: Mark, sought: str, customers: Mapping[str, Customer]) -> bool:
    customer = customers.get(mark.customer_id)
    words = f"{in_words(mark.form)} {customer.name if customer else ''}"
    return sought.casefold() in words.casefold()


def _apart(s: Session, ours: int) -> list[tuple[str, str, Receipt | None, Invoice | None]]:
    """List the pairs that people took apart: ids, and what is known of receipt and invoice."""
    pairs = sorted(payers.undone(s, ours))
    ids = sorted({receipt_id for receipt_id, _ in pairs})
    receipts = {
        one.ref.id: one for source in Source for one in mirror.receipts_named(s, ours, source, ids)
    }
    invoices = mirror.invoices(s, ours, sorted({invoice_id for _, invoice_id in pairs}))
    return [
        (receipt, invoice, receipts.get(receipt), invoices.get(invoice))
        for receipt, invoice in pairs
    ]


@pages.post("/<any(forget, move, share, unshare):what>")
def change(what: str) -> Response:
    """Do what a person says of one mark of a payer."""
    ours, form = organisation().id, request.form
    try:
        with site().tools.sessions.begin() as s:
            mark = remembering.known(s, ours, form.get("mark", ""))
            if what == "move":
                remembering.move(s, ours, mark, form.get("into", ""), who(), now())
            else:
                _DONE[what](s, ours, mark, who(), now())
    except ValueError as error:
        return _refused(error)
    flash(_SAID[what].format(in_words(mark.form)))
    return redirect(url_for("matches_payers.show"))


_DONE = {
    "forget": remembering.forget,
    "share": remembering.share,
    "unshare": remembering.unshare,
}
_SAID = {
    "forget": "Forgotten: {}. A match that is confirmed teaches it again.",
    "move": "From now on the other customer's: {}.",
    "share": "Identifies nobody from now on: {}.",
    "unshare": "Identifies its customer again: {}.",
}


@pages.post("/allow")
def allow() -> Response:
    """Let rules put a receipt and an invoice together again."""
    pair = (request.form.get("receipt_id", ""), request.form.get("invoice_id", ""))
    try:
        with site().tools.sessions.begin() as s:
            remembering.allow(s, organisation().id, *pair, who(), now())
    except ValueError as error:
        return _refused(error)
    flash("Allowed again. The rules look at it anew.")
    return redirect(url_for("matches_payers.show"))


def _refused(error: ValueError) -> Response:
    said = str(error)
    flash(f"{said[:1].upper()}{said[1:]}.", "error")
    return redirect(url_for("matches_payers.show"))
