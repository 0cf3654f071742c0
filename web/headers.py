"""The one place where security headers are set, on every answer the pages give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, request

from oauth.routes import UNKEPT

if TYPE_CHECKING:
    from flask import Flask, Response

# No script runs at all, nothing is loaded from elsewhere, and a form posts only to ourselves.
# Bootstrap's ticks and arrows are SVG inside its style sheet, hence `data:` for images.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page whose button leads to wherever a bill is paid: browsers count that as the form's target.
LEADS_ON = POLICY.format(form_action="'self' https:")
TWO_YEARS = "max-age=63072000"
STATIC_SECONDS = 3600
# All that browsers and vendors use here; TRACE, for one, would show a request's secrets again.
METHODS = frozenset({"GET", "HEAD", "POST"})
STATIC = frozenset({"static", "bootstrap.static"})


def set_on_every_answer(app: Flask, *, secure: bool, consent_origins: tuple[str, ...]) -> None:
    """Add the headers to all answers of `app`, and refuse methods that nothing here uses.

    `consent_origins` are the vendors' sign-in sites: the connect button posts to us and is
    redirected there, which browsers count as a form's target.
    """
    policy = POLICY.format(form_action=" ".join(("'self'", *sorted(set(consent_origins)))))

    @app.before_request
    def refuse() -> None:
        if request.method not in METHODS:
            abort(405)

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        if secure:
            response.headers["Strict-Transport-Security"] = TWO_YEARS
        for name, value in HEADERS.items():
            # A route may be stricter, as the callbacks of a consent are.
            response.headers.setdefault(name, value)
        if request.endpoint in STATIC:
            response.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
        else:
            response.headers["Cache-Control"] = UNKEPT
        return response
