"""Who may do what: everybody in an organisation looks, and only some act."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from werkzeug.exceptions import HTTPException

from store.organisations import ACTING, APPROVER

LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
# What an approver may do beside looking: let what waits go, or drop it.
APPROVING = frozenset({"today.approve", "today.cancel", "matches.approve", "matches.ask"})


def _may(endpoint: str | None) -> bool:
    """Whether the visitor's role here is enough to post to a place of this organisation."""
    role = g.get("role")
    return role in ACTING or (role == APPROVER and endpoint in APPROVING)


def demand() -> None:
    """Refuse with 403 what the visitor's role in the organisation does not allow."""
    if request.method not in LOOKING and not _may(request.endpoint):
        abort(403)


def may_act() -> bool:
    """Whether the visitor may do everything on this page; outside an organisation all may."""
    return "organisation" not in g or _may(None)


def may_post(action: str) -> bool:
    """Whether a form that posts to this address is for the visitor to use."""
    if may_act():
        return True
    adapter = current_app.url_map.bind("")
    try:
        endpoint, values = adapter.match(urlsplit(action).path, "POST")
    except HTTPException:
        return False
    in_here = "public_id" in values or endpoint.startswith("oauth.")
    return _may(endpoint) if in_here else True


def register(app: Flask) -> None:
    """Let the templates ask."""
    app.add_template_global(may_act)
    app.add_template_global(may_post)
