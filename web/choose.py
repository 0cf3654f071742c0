"""Choosing: which organisation to look at, and light or dark."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from connector.protocol import Role
from store import organisations as kept
from web.sign_in_with import ways
from web.visit import looking, site

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

THEMES = frozenset({"light", "dark"})
COOKIE = "theme"
COOKIE_SECONDS = 365 * 86400

pages = Blueprint("choose", __name__)


def chosen_theme() -> str | None:
    """Give light or dark when the reader chose one; None follows the system."""
    theme = request.cookies.get(COOKIE, "")
    return theme if theme in THEMES else None


@pages.get("/")
def home() -> str | Response:
    """Open the visitor's only organisation by itself, else the list."""
    with looking() as s:
        mine = kept.organisations_of(s, current_user.id)
    if len(mine) == 1:
        return redirect(url_for("overview.show", public_id=mine[0].public_id))
    return redirect(url_for("choose.organisations"))


@pages.get("/organisations")
def organisations() -> str:
    """List the visitor's organisations, and offer to add one by connecting its books."""
    with looking() as s:
        mine = kept.organisations_of(s, current_user.id)
    opener = site().opener
    offers = [
        (name, provider.title)
        for name, provider in opener.providers.items()
        if Role.BOOKS in provider.roles and name in opener.clients
    ]
    return render_template("organisations.html", mine=mine, offers=offers, ways=ways())


@pages.post("/theme")
def theme() -> Response:
    """Remember light or dark in a cookie; anything else follows the system again."""
    wanted = request.form.get("theme", "")
    response = redirect(_inside(request.form.get("next", "/")))
    if wanted in THEMES:
        response.set_cookie(
            COOKIE,
            wanted,
            max_age=COOKIE_SECONDS,
            secure=site().secure,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(COOKIE)
    return response


def _inside(address: str) -> str:
    """Give an address of our own; whatever points elsewhere becomes the first page."""
    parts = urlsplit(address)
    elsewhere = parts.scheme or parts.netloc or "\\" in address
    return "/" if elsewhere or not address.startswith("/") else address
