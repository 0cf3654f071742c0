"""An invoice as the ledger prints, shows and sends it, as far as the ledger can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, url_for

from connector.protocol import Ability, Role
from flows import delivering
from ledger.documents import Kind, Ref
from ledger.errors import OutsideError
from store import connections, mirror
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as Answer

    from ledger.documents import Customer, Invoice
    from store.connections import ConnectionRow

pages = Blueprint("papers", __name__, url_prefix="/o/<public_id>")

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def abilities(books: ConnectionRow | None) -> frozenset[Ability]:
    """Say what the organisation's ledger can do; nothing while none is connected."""
    if books is None or books.state != connections.CONNECTED:
        return frozenset()
    return site().opener.providers[books.provider].roles.get(Role.BOOKS, frozenset())


def page_of(document: Invoice | Customer) -> str:
    """Give where the ledger's own users see a document, or "" where the ledger has no such place.

    Only a page of the web is one, whatever the ledger said.
    """
    ledger = organisation().ledger
    of_invoice = document.ref.kind is Kind.INVOICE
    pattern = (ledger.invoice_page if of_invoice else ledger.customer_page) if ledger else ""
    return pattern.replace("{id}", quote(document.ref.id)) if pattern[:8] == "https://" else ""


def _asked(invoice_id: str, ability: Ability) -> tuple[Invoice, Customer | None, ConnectionRow]:
    """Give the invoice and its ledger; what nobody here has or can do does not exist."""
    ours = organisation().id
    with looking() as s:
        books = connections.books_of(s, ours)
        invoice = mirror.invoice(s, ours, invoice_id)
        customer = mirror.customer(s, ours, invoice.customer_id) if invoice else None
    if invoice is None or books is None or ability not in abilities(books):
        abort(404)
    return invoice, customer, books


def _back(invoice_id: str) -> Answer:
    return redirect(url_for("subjects.invoice", invoice_id=invoice_id))


@pages.get("/pdf/<path:invoice_id>")
def pdf(invoice_id: str) -> Answer:
    """Hand on the invoice as the ledger prints it."""
    invoice, _, books = _asked(invoice_id, Ability.COPY)
    try:
        printed = site().tools.open_books(books).pdf(Ref(Kind.INVOICE, invoice_id))
    except OutsideError as error:
        flash(f"{books.title} gives no PDF just now: {error}.", "error")
        return _back(invoice_id)
    name = _UNSAFE.sub("-", invoice.number).strip("-.") or "invoice"
    answer = Response(printed, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


@pages.post("/deliver/<path:invoice_id>")
def deliver(invoice_id: str) -> Answer:
    """Have the ledger send the invoice."""
    invoice, customer, books = _asked(invoice_id, Ability.DELIVER)
    to = (customer.email if customer else None) or ""
    if not to:
        flash("The customer has no e-mail address in the ledger.", "error")
        return _back(invoice_id)
    with site().tools.sessions.begin() as s:
        made = delivering.plan(s, organisation(), invoice, to, who(), now())
    if made:
        flash(f"{books.title} is asked to send it within a minute.")
    else:
        flash("That was asked for today already; the journal below tells what became of it.")
    return _back(invoice_id)
