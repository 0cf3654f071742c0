"""The consent page of a Stripe App and its token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template_string, request

from sandbox.stripe.access import bearer

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from sandbox.stripe.access import Access

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Stripe stand-in</title>
<h1>Install Dunnock</h1>
<p>This is a stand-in for Stripe's consent page. No real account is reached.</p>
<form method="post">
{% for account in accounts %}
<p><button name="account" value="{{ account.id }}">Install for {{ account.title }}</button></p>
{% endfor %}
<p><button name="cancel" value="1">Cancel</button></p>
</form></html>"""


def consent_pages(access: Access, redirect_uris: tuple[str, ...]) -> Blueprint:
    """Make the pages; an empty `redirect_uris` takes any address, else it must be listed."""
    pages = Blueprint("stripe_consent", __name__)

    @pages.route("/oauth/v2/authorize", methods=["GET", "POST"])
    @pages.route("/oauth/v2/<channel>/authorize", methods=["GET", "POST"])
    def authorize(channel: str = "") -> AnyResponse:
        # The bare address fails until the app is published, however right the rest is.
        is_open = access.channel in {"", channel}
        app = request.args.get("client_id", "") if is_open else ""
        return _page(access, app, redirect_uris) or _decide(access)

    @pages.route("/apps/install/link/<link>", methods=["GET", "POST"])
    def install(link: str) -> AnyResponse:
        return _page(access, link, redirect_uris) or _installed(access)

    @pages.post("/v1/oauth/token")
    def token() -> Response:
        return _token(access)

    return pages


def _page(access: Access, app: str, redirect_uris: tuple[str, ...]) -> AnyResponse | None:
    """Show who may install, or why nobody may; None when somebody has decided."""
    address = request.args.get("redirect_uri", "")
    known = not redirect_uris or address in redirect_uris
    if app != access.client_id or not address or not known:
        return make_response(_error("invalid_request", "Invalid redirect URI or app"), 400)
    if request.method == "POST":
        return None
    accounts = access.books.shelf.all("merchant")
    return make_response(render_template_string(_PAGE, accounts=accounts))


def _decide(access: Access) -> AnyResponse:
    address = request.args["redirect_uri"]
    state = request.args.get("state", "")
    chosen = request.form.get("account", "")
    if "cancel" in request.form or access.books.shelf.get("merchant", chosen) is None:
        answer = {
            "error": "access_denied",
            "error_description": "The user denied your request",
            "state": state,
        }
    else:
        with access.books.shelf.change():
            answer = {"code": access.code(chosen), "state": state}
    joint = "&" if "?" in address else "?"
    return redirect(address + joint + urlencode(answer), 302)


def _installed(access: Access) -> AnyResponse:
    address = request.args["redirect_uri"]
    state, chosen = request.args.get("state", ""), request.form.get("account", "")
    if "cancel" in request.form or access.books.shelf.get("merchant", chosen) is None:
        answer = {"error": "access_denied", "state": state}
    else:
        with access.books.shelf.change():
            answer = access.install(chosen, state)
    return redirect(f"{address}?{urlencode(answer)}", 302)


def _token(access: Access) -> Response:
    books = access.books
    sent_body = request.get_data()  # before the form is read: reading it empties the stream
    key = bearer(request.headers.get("Authorization", ""))
    grant = request.form.get("grant_type", "")
    with books.shelf.change():
        status, answer = _exchange(access, key, grant)
        books.shelf.log(
            books.now(),
            "POST",
            "/v1/oauth/token",
            tenant=str(answer.get("stripe_user_id", "")),
            token=key,
            status=status,
            body=sent_body,
        )
    return make_response(answer, status)


def _exchange(access: Access, key: str, grant: str) -> tuple[int, dict[str, object]]:
    if key not in {access.developer_key, *access.other_keys}:
        return 401, _error("invalid_client", "No such API key")
    kinds = {"authorization_code": ("code", "code"), "refresh_token": ("refresh", "refresh_token")}
    if grant not in kinds:
        return 400, _error("unsupported_grant_type", f"Unsupported grant type: {grant}")
    kind, field = kinds[grant]
    secret = request.form.get(field, "")
    if not secret:
        return 400, _error("invalid_request", f"No {field} was given")
    mine = key == access.developer_key
    pair = access.redeem(kind, secret) if mine else None
    if pair is None:
        text = f"The {field} does not exist, is expired or was used"
        foreign = f"This {field} does not belong to you"
        return 400, _error("invalid_grant", text if mine else foreign)
    return 200, pair


def _error(code: str, text: str) -> dict[str, object]:
    return {"error": code, "error_description": text}
