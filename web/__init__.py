"""Pages: connect, settings, preview, matches, exceptions, activity; server-rendered, no script."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask, g, redirect, render_template, request, url_for
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from oauth.routes import make_blueprint
from web import (
    accounts,
    activity,
    advices,
    bank,
    bank_csv,
    choose,
    connections,
    exceptions,
    headers,
    health,
    matches,
    matches_kept,
    matches_payers,
    overview,
    papers,
    pay,
    payouts,
    places,
    present,
    remit,
    roles,
    settings,
    sign_in,
    sign_in_with,
    sign_up,
    subjects,
    today,
    visit,
)

if TYPE_CHECKING:
    from typing import Any

    from werkzeug.wrappers import Response

    from web.site import Site

SIGNED_IN_HOURS = 12
# Larger than any rule file or form; doors that vendors post to set their own bound.
BODY_BYTES_MAX = 1_000_000
OPEN_TO_ALL = frozenset(
    {"sign_in", "sign_in_with", "sign_up", "health", "bootstrap", "oauth", "pay", "remit"}
)
OPEN_PAGES = frozenset({"static", "choose.theme"})
PAGES = (
    *(overview, today, matches, matches_kept, matches_payers, advices, bank, bank_csv),
    *(exceptions, activity),
    *(subjects, papers, connections, accounts, payouts, settings, choose),
)

TITLES = {
    400: ("That did not arrive whole", "Go back, reload the page and send the form again."),
    403: (
        "Not allowed",
        "Your role here lets you look. Ask an administrator for the role operator.",
    ),
    404: ("Nothing here", "There is no such page, or it belongs to somebody else."),
    405: ("Not like this", "This address takes forms only; go back and use the button."),
    413: ("Too large", "This is far more than any form or bank statement needs."),
    500: (
        "Something broke",
        "The fault is ours and is in the log. Nothing was sent because of it.",
    ),
}


def make_pages(site: Site) -> Flask:
    """Make the WSGI application of all pages; `site` brings everything from outside."""
    app = Flask("web")
    app.extensions[visit.EXTENSION] = site
    _configure(app, site)
    # First of all that looks at a request, and last of all that touches an answer.
    headers.set_on_every_answer(app, secure=site.secure, consent_origins=site.consent_origins)
    # Before any form is read: bank files are larger than everything else that comes.
    bank.allow_files(app)
    Bootstrap5(app)
    protection = CSRFProtect(app)
    present.register(app)
    roles.register(app)
    sign_in.register(app)
    pay.register(app)
    # The link itself is the permission: a payer has no session here that could be misused.
    protection.exempt(pay.pages)
    remit.register(app)
    protection.exempt(remit.pages)
    app.register_blueprint(sign_in_with.pages)
    app.register_blueprint(sign_up.pages)
    health.register(app)
    for place in PAGES:
        app.register_blueprint(place.pages)
    # These check for themselves who asks: a vendor's callback must not meet a sign-in page.
    app.register_blueprint(make_blueprint(site.opener, connections.places()))
    for door in site.doors:
        # Vendors sign what they post; they have no session and no token of ours.
        protection.exempt(door)
        app.register_blueprint(door)
    _guard(app, OPEN_TO_ALL | {door.name for door in site.doors})
    _surround(app)
    app.register_error_handler(HTTPException, _failed)
    return app


def _configure(app: Flask, site: Site) -> None:
    app.config.update(
        SECRET_KEY=site.secret_key,
        SESSION_COOKIE_NAME="__Host-dunnock" if site.secure else "dunnock",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=site.secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SIGNED_IN_HOURS),
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        BOOTSTRAP_SERVE_LOCAL=True,
        # As long as the session lives: a form left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=SIGNED_IN_HOURS * 3600,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}


def _guard(app: Flask, open_to_all: frozenset[str]) -> None:
    """Let nobody past sign-in but to what is named, and nobody into another's organisation."""

    @app.before_request
    def check() -> Response | None:
        place = request.blueprint
        if request.endpoint is None or request.endpoint in OPEN_PAGES or place in open_to_all:
            return None
        if not current_user.is_authenticated:
            return redirect(url_for("sign_in.form"))
        public_id = (request.view_args or {}).pop("public_id", None)
        if public_id is not None:
            visit.enter(public_id)
            roles.demand()
        return None


def _surround(app: Flask) -> None:
    """Give every page its organisation, its places and the chosen theme."""

    @app.url_defaults
    def stay(endpoint: str, values: dict[str, Any]) -> None:
        if "organisation" in g and app.url_map.is_endpoint_expecting(endpoint, "public_id"):
            values.setdefault("public_id", g.organisation.public_id)

    @app.context_processor
    def around() -> dict[str, Any]:
        found: dict[str, Any] = {"theme": choose.chosen_theme(), "organisation": None}
        if "organisation" in g:
            found |= {"organisation": g.organisation, "places": places.around()}
        return found


def _failed(error: HTTPException) -> Response | tuple[str, int]:
    """Show any refusal as a page; a redirect stays one."""
    code = error.code or 500
    if code < 400:  # noqa: PLR2004 - HTTP's own border between answers and refusals
        return error.get_response()
    title, text = TITLES.get(code, (error.name, "Go back and try again."))
    return render_template("error.html", title=title, text=text), code
