"""Somebody new whose address the vendor does not vouch for: a letter proves that it is theirs.

The letter's link works for fifteen minutes, until there is the account, and only in the browser
that signed in at the vendor: in the hands of whoever owns the address it would otherwise give a
stranger their account.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, flash, redirect, render_template, session, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from ledger.errors import OutsideError
from store import identities, organisations
from web.sign_in import LINK_MINUTES, DeadLinkError, enter
from web.visit import now, site

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from oauth.sign_in import Person

SALT = "sign-up link"
# What the browser's session remembers: the nonce of the link it may open.
OPENED = "sign_up"

pages = Blueprint("sign_up", __name__, url_prefix="/sign-up")


class Newcomer(NamedTuple):
    """What a link holds: who the vendor signed for, and until when it may be used."""

    provider: str
    subject: str
    email: str
    name: str
    nonce: str
    until: float


def invite(person: Person) -> bool:
    """Write to the address a vendor named; False when no letter leaves here."""
    letters = site().letters
    if letters is None:
        return False
    nonce = site().opener.secret()
    until = (now() + timedelta(minutes=LINK_MINUTES)).timestamp()
    one = Newcomer(
        person.provider, person.subject, person.email, person.name or person.email, nonce, until
    )
    link = f"{site().public_url.rstrip('/')}/sign-up/{_serializer().dumps(list(one))}"
    text = (
        "Somebody signed in to Dunnock with an account that names this address.\n\n"
        f"If it was you, go on in the same browser, within {LINK_MINUTES} minutes:\n{link}\n\n"
        "If it was not you, leave this letter alone: without the link nothing happens.\n"
    )
    try:
        letters.send(person.email, "Your Dunnock account", text, f"sign-up {nonce}")
    except OutsideError:
        return False
    session[OPENED] = nonce
    return True


def _read(token: str) -> Newcomer:
    """Give what a link holds; raises DeadLinkError when it is not for this browser and now."""
    try:
        one = Newcomer(*_serializer().loads(token))
    except (BadSignature, ValueError, TypeError):
        raise DeadLinkError("This is not a link made here.") from None
    if now().timestamp() >= one.until:
        raise DeadLinkError("The link is older than fifteen minutes. Sign in again for a new one.")
    if session.get(OPENED) != one.nonce:
        raise DeadLinkError("Open the link in the browser in which you signed in.")
    return one


@pages.get("/<token>")
def offer(token: str) -> str:
    """Ask before anything is made: mail scanners open links."""
    return render_template("sign_up.html", email=_read(token).email, token=token)


@pages.post("/<token>")
def make(token: str) -> Response:
    """Make the account, once; whoever has the address meanwhile keeps it."""
    one = _read(token)
    with site().tools.sessions.begin() as s:
        if organisations.member_by_email(s, one.email) is not None:
            raise DeadLinkError("There is an account with this address by now. Sign in to it.")
        member_id = organisations.add_person(s, one.email, one.name, now())
        identities.link(s, member_id, one.provider, one.subject, now())
        member = organisations.member(s, member_id)
    if member is not None:
        enter(member)
    flash("Welcome. Connect your accounting system to begin.", "done")
    return redirect(url_for("choose.organisations"))


@pages.errorhandler(DeadLinkError)
def dead(error: DeadLinkError) -> tuple[str, int]:
    """Say why the link does not work."""
    return render_template("sign_in.html", problem=str(error)), 403


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(site().secret_key, salt=SALT)
