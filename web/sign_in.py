"""Sign-in without a password: a signed link that works once, within a quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask_login import LoginManager, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from oauth.sign_in import offered
from store import organisations, ticks
from web.visit import Visitor, looking, now, site

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from store.organisations import MemberRow

LINK_MINUTES = 15
SALT = "sign-in link"
# The unique row that a used link leaves behind.
USED = "sign-in"

pages = Blueprint("sign_in", __name__)


class DeadLinkError(Exception):
    """The sign-in link is used up, too old, or not one of ours; ask for a new one."""


def make_link(*, secret_key: str, public_url: str, email: str, nonce: str, moment: datetime) -> str:
    """Make the address that signs `email` in once, until 15 minutes after `moment`.

    `nonce` must never repeat: it is what makes the link single-use.
    """
    until = int((moment + timedelta(minutes=LINK_MINUTES)).timestamp())
    token = URLSafeSerializer(secret_key, salt=SALT).dumps([email, nonce, until])
    return f"{public_url.rstrip('/')}/sign-in/{token}"


def _read(token: str) -> tuple[str, str]:
    """Give e-mail and nonce of a link that is ours and still young; raises DeadLinkError."""
    try:
        email, nonce, until = URLSafeSerializer(site().secret_key, salt=SALT).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise DeadLinkError("This is not a sign-in link made here.") from None
    if now().timestamp() >= until:
        raise DeadLinkError("The link is older than fifteen minutes. Ask for a new one.")
    return email, nonce


def enter(member: MemberRow) -> None:
    """Sign a member in, in a fresh session: nothing planted before sign-in survives it."""
    session.clear()
    login_user(Visitor(member.id, member.email))
    session.permanent = True


def _enter(email: str) -> Response:
    with looking() as s:
        member = organisations.member_by_email(s, email)
    if member is None:
        raise DeadLinkError("Nobody with this address belongs to an organisation here any more.")
    enter(member)
    return redirect(url_for("choose.organisations"))


@pages.get("/sign-in")
def form() -> str:
    """Say how to get in; in the demo, a button does."""
    return render_template("sign_in.html", demo=site().demo, offers=offered(site().opener))


@pages.get("/sign-in/<token>")
def offer(token: str) -> str:
    """Ask before signing in: mail scanners open links, and opening must change nothing."""
    email, _ = _read(token)
    return render_template("sign_in.html", email=email, token=token)


@pages.post("/sign-in/<token>")
def link(token: str) -> Response:
    """Use the link up and sign in."""
    email, nonce = _read(token)
    with site().tools.sessions.begin() as s:
        if not ticks.first(s, USED, nonce):
            raise DeadLinkError("The link has been used already; each works once.")
    return _enter(email)


@pages.post("/sign-in/demo")
def demo() -> Response:
    """Sign in as the demo's member; outside the demo there is no such page."""
    email = site().demo_email
    if not email:
        abort(404)
    return _enter(email)


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session; every connection stays connected."""
    logout_user()
    session.clear()
    flash("You are signed out. Your connections stay connected.")
    return redirect(url_for("sign_in.form"))


@pages.errorhandler(DeadLinkError)
def dead(error: DeadLinkError) -> tuple[str, int]:
    """Say why the link does not work."""
    return render_template("sign_in.html", problem=str(error)), 403


def register(app: Flask) -> None:
    """Bring Flask-Login and the sign-in pages into the application."""
    manager = LoginManager(app)
    manager.login_view = "sign_in.form"
    manager.login_message = None

    @manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login brings no types
    def load(member_id: str) -> Visitor | None:
        with looking() as s:
            member = organisations.member(s, int(member_id))
        return None if member is None else Visitor(member.id, member.email)

    app.register_blueprint(pages)
