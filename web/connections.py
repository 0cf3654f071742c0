"""Connections: what is connected and how it stands, connect and disconnect, where money goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from connector.protocol import Role
from flows import payouts
from ledger.documents import Purpose
from oauth.binding import Asker
from oauth.routes import Places
from store import connections, exceptions, meter, organisations, tokens
from web import sign_in_with
from web.visit import looking, now, organisation, site

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from connector.protocol import Provider
    from store.connections import ConnectionRow
    from store.organisations import OrganisationRow

# What stands beside a connection here as well as among the exceptions.
SHOWN = frozenset(
    {
        "consent_ends",
        "needs_permission",
        "client_refused",
        "disconnect_unconfirmed",
        "vendor_limit",
        "work_failed",
        "books_read_only",
    }
)
# For these a new consent is the way out, though the connection still works.
RENEWABLE = frozenset({"consent_ends", "needs_permission"})

pages = Blueprint("connections", __name__, url_prefix="/o/<public_id>")


@dataclass(frozen=True, slots=True)
class Offer:
    """One provider as the page shows it, with this organisation's connections to it."""

    name: str
    title: str
    connected: list[ConnectionRow]
    # A business has one system of record; payments may come from several accounts.
    can_connect: bool
    key_prefixes: tuple[str, ...]
    is_set_up: bool
    # Calls a day for each connection, and metered reads a month for everybody; None is no limit.
    per_day: int | None
    metered_per_month: int | None
    # It may keep the books or take payments, so that it is worth saying which.
    both_roles: bool


def _offer(name: str, provider: Provider, found: list[ConnectionRow]) -> Offer:
    mine = [one for one in found if one.provider == name]
    live = [one for one in found if one.state != connections.DISCONNECTED]
    has_books = any(one.role == Role.BOOKS for one in live)
    client = site().opener.clients.get(name)
    return Offer(
        name=name,
        title=provider.title,
        connected=mine,
        can_connect=has_books if Role.PAYMENTS in provider.roles else not has_books,
        key_prefixes=provider.consent(site().opener.wire(name)).key_prefixes,
        is_set_up=client is not None and bool(client.id),
        per_day=provider.limits.per_day,
        metered_per_month=provider.limits.metered_per_month,
        both_roles=len(provider.roles) > 1,
    )


@pages.get("/connections")
def show() -> str:
    """Show every provider, what is connected to it and how that stands."""
    ours = organisation()
    with looking() as s:
        found = connections.of_organisation(s, ours.id)
        usage = meter.usage(s, ours.id)
        troubles = exceptions.list_open(s, ours.id)
        used = meter.used_today(s, ours.id, now().date())
        ends = tokens.ends(s, ours.id)
    month = now().date().replace(day=1)
    return render_template(
        "connections.html",
        offers=[_offer(name, one, found) for name, one in site().opener.providers.items()],
        has_books=any(
            one.role == Role.BOOKS and one.state != connections.DISCONNECTED for one in found
        ),
        takes_money=any(one.role == Role.PAYMENTS for one in found),
        usage={one.provider: one for one in usage if one.month == month},
        troubles={one.subject: one for one in troubles if one.kind in SHOWN},
        used=used,
        ends=ends,
        account=ours.accounts.get(Purpose.STRIPE, ""),
        payouts=_payouts(ours),
        Role=Role,
        RENEWABLE=RENEWABLE,
    )


def _payouts(ours: OrganisationRow) -> str:
    if payouts.is_on(ours):
        return "on"
    return "by hand" if payouts.by_hand(ours) else "off"


@pages.post("/connections/<int:connection_id>/read")
def read(connection_id: int) -> Response:
    """Have a connection read again now instead of at its next turn."""
    with site().tools.sessions.begin() as s:
        if connections.one_of(s, organisation().id, connection_id) is not None:
            connections.want_sync(s, connection_id, now())
            flash("It will be read within a minute.")
    return redirect(url_for("connections.show"))


def places() -> Places:
    """Tell the routes of connecting who asks, for which organisation, and where to land."""
    return Places(
        asker=_asker, connected=_landing, layout="layout.html", arrive=sign_in_with.arrive
    )


def _asker() -> Asker | None:
    """Say who asks for which organisation; one that is not theirs, or not to act in, is refused."""
    if not current_user.is_authenticated:
        return None
    public_id = request.form.get("organisation", "")
    if not public_id:
        return Asker(current_user.id, current_user.email)
    with looking() as s:
        mine = organisations.organisations_of(s, current_user.id)
        found = next((one for one in mine if one.public_id == public_id), None)
        if found is None:
            abort(404)
        if organisations.role_of(s, found.id, current_user.id) not in organisations.ACTING:
            abort(403)
    return Asker(current_user.id, current_user.email, found.id)


def _landing(organisation_id: int | None) -> str:
    if organisation_id is None:
        return url_for("choose.organisations")
    with looking() as s:
        found = organisations.get(s, organisation_id)
    return url_for("connections.show", public_id=found.public_id)
