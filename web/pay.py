"""Paying an invoice: the address in a reminder, and the button there that leads on or says why not.

Nobody signs in here. The link itself is the permission, so it opens nothing but this. Programs that
look into mail open links, so that opening one asks no vendor for anything; pressing does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, make_response, render_template
from werkzeug.utils import redirect

from flows import paying
from flows.pay_links import DeadLinkError
from web.headers import LEADS_ON
from web.visit import now, site

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from werkzeug.wrappers import Response

    from flows.pay_links import PayLinks
    from flows.paying import Way

pages = Blueprint("pay", __name__, url_prefix="/pay")

EXTENSION = "dunnock-turnstile"

# A link is opened once or twice; a scanner opens it more often, and each time costs vendors' calls.
CLICKS_MAX = 6
CLICKS_SECONDS = 60
# So many links are remembered at a time, the busiest hour of a large house.
LINKS_MAX = 10_000
WAIT_SECONDS = 60

TEXTS = {
    paying.PAID: ("This invoice is paid", "Nothing is open on it any more. Thank you."),
    paying.ARRIVING: (
        "Your payment has arrived",
        "It is being booked. Nothing more is to be paid on this invoice just now.",
    ),
    paying.NOTHING: (
        "Nothing to pay",
        "This invoice is not open. If that surprises you, please reply to the message you got.",
    ),
    paying.ELSEWHERE: (
        "Please pay another way",
        "This invoice cannot be paid online. The invoice itself says how to pay it.",
    ),
    paying.LATER: (
        "Not just now",
        "The invoice cannot be looked up at this moment. Please try again in a few minutes.",
    ),
}
DEAD = (
    "This link no longer works",
    "It is too old, or a part of it got lost. The invoice itself says how to pay it.",
)
BUSY = ("One moment, please", "This link was opened many times. Please try again in a minute.")
THANKS = ("Thank you", "Your payment is on its way. It is booked as soon as it has arrived.")


@dataclass
class Turnstile:
    """Lets each link through so many times a minute."""

    passed: dict[str, list[float]] = field(default_factory=dict)

    def lets(self, token: str, moment: datetime) -> bool:
        """Count one more opening; False when there were too many."""
        stamp = moment.timestamp()
        recent = [one for one in self.passed.pop(token, []) if one > stamp - CLICKS_SECONDS]
        if len(self.passed) >= LINKS_MAX:
            # The one not opened for longest is forgotten.
            self.passed.pop(next(iter(self.passed)))
        self.passed[token] = [*recent, stamp][-CLICKS_MAX - 1 :]
        return len(recent) < CLICKS_MAX


def register(app: Flask) -> None:
    """Add the pages, and a turnstile of this application's own."""
    app.extensions[EXTENSION] = Turnstile()
    app.register_blueprint(pages)


@pages.get("/thanks")
def thanks() -> str:
    """Thank whoever has paid."""
    return _page(*THANKS)


@pages.get("/<token>")
def show(token: str) -> Response | tuple[str, int]:
    """Name the invoice, as it was last read, with the button that leads to where it is paid."""
    links = site().tools.pay_links
    named = _named(links, token)
    if named is None:
        return _page(*DEAD), 410
    way = paying.greet(site().tools, *named)
    text = TEXTS.get(way.word, ("Pay an invoice", ""))
    page = make_response(_page(*text, way, asks=not way.word))
    page.headers["Content-Security-Policy"] = LEADS_ON
    return page


@pages.post("/<token>")
def pay(token: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Lead to where the invoice is paid, as it stands now."""
    links = site().tools.pay_links
    named = _named(links, token)
    if links is None or named is None:
        return _page(*DEAD), 410
    if not current_app.extensions[EXTENSION].lets(":".join(named), now()):
        return _page(*BUSY), 429, {"Retry-After": str(WAIT_SECONDS)}
    way = paying.lead(site().tools, links.thanks, *named)
    if way.url:
        leading = redirect(way.url, 303)
        leading.headers["Referrer-Policy"] = "no-referrer"
        leading.headers["Content-Security-Policy"] = LEADS_ON
        return leading
    return _page(*TEXTS[way.word], way), 503 if way.word == paying.LATER else 200


def _named(links: PayLinks | None, token: str) -> tuple[str, str] | None:
    try:
        return links.read(token, now()) if links else None
    except DeadLinkError:
        return None


def _page(title: str, text: str, way: Way | None = None, *, asks: bool = False) -> str:
    return render_template("pay.html", title=title, text=text, way=way, asks=asks)
