"""The addresses of connecting: there and back again, a pasted key, and the end of it.

A callback carries secrets in its address, so it answers 302 and never a page; what happened is
told on the page the person lands on. CSRF tokens of the posts are checked by the application.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, session

from connector.protocol import Tenant
from oauth import consent
from oauth.binding import Asker
from oauth.consent import Choice
from oauth.disconnect import disconnect
from oauth.opener import Opener
from oauth.refusal import ConsentError
from store.connections import ConnectionRow

# What the browser's session remembers: its own name, and a choice that is open.
BROWSER = "consent_browser"
OPEN_CHOICE = "consent_choice"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages around these routes are; given by whoever owns them.

    `asker` gives the signed-in member who may connect here and now, with the organisation the
    page is about (None asks for a new one), or None for nobody. `connected` gives the address to
    land on, for an organisation's id or None. `layout` is the template to extend.
    """

    asker: Callable[[], Asker | None]
    connected: Callable[[int | None], str]
    sign_in: str = "/sign-in"
    layout: str = "oauth/plain.html"


def make_blueprint(opener: Opener, places: Places) -> Blueprint:
    """Make the routes of connecting."""
    routes = Blueprint("oauth", __name__, template_folder="templates")
    desk = _Desk(opener, places)
    routes.after_request(_unseen)
    routes.post("/connect/<name>")(desk.begin)
    routes.get("/connect/<name>/callback")(desk.callback)
    routes.get("/connect/<name>/choose")(desk.choices)
    routes.post("/connect/<name>/choose")(desk.choose)
    routes.post("/connect/<name>/key")(desk.key)
    routes.post("/disconnect/<int:connection_id>")(desk.disconnect)
    # The three addresses that QuickBooks' portal asks for. They change nothing: anybody may open
    # them, and a consent that ended shows itself at the next call.
    routes.get("/quickbooks/launch")(desk.launch)
    for page in ("disconnected", "reconnect"):
        routes.add_url_rule(f"/quickbooks/{page}", page, desk.page(page))
    return routes


@dataclass(frozen=True, slots=True)
class _Desk:
    opener: Opener
    places: Places

    def begin(self, name: str) -> Response:
        """Send the person to the vendor."""
        asker = self.places.asker()
        if asker is None:
            return _to(self.places.sign_in)
        try:
            address = consent.begin(self.opener, name, _browser(self, asker), asker.organisation_id)
        except ConsentError as error:
            return self._refused(error, asker)
        return _to(address)

    def callback(self, name: str) -> Response:
        """Take the person back; whatever happened, the answer leads on to a page of ours."""
        asker = self.places.asker()
        if asker is None:
            return _to(self.places.sign_in)
        came_back = request.args.to_dict()
        try:
            found = consent.finish(self.opener, name, _browser(self, asker), asker, came_back)
        except ConsentError as error:
            return self._refused(error, asker)
        if isinstance(found, Choice):
            session[OPEN_CHOICE] = {"name": name, "state": found.state, "of": _named(found.tenants)}
            return _to(f"/connect/{name}/choose")
        return self._connected(found)

    def choices(self, name: str) -> str | Response:
        """Ask which of several consented organisations is meant."""
        asker, kept = self.places.asker(), _open_choice(name)
        if asker is None or kept is None:
            return _to(self.places.sign_in if asker is None else self._landing(asker))
        title = self.opener.providers[name].title
        return self._page("choose", name=name, title=title, tenants=kept["of"])

    def choose(self, name: str) -> Response:
        """Connect the organisation that was chosen."""
        asker, kept = self.places.asker(), _open_choice(name)
        if asker is None or kept is None:
            return _to(self.places.sign_in if asker is None else self._landing(asker))
        session.pop(OPEN_CHOICE)
        tenant_id = request.form.get("tenant", "")
        try:
            found = consent.choose(
                self.opener, name, _browser(self, asker), asker, kept["state"], tenant_id
            )
        except ConsentError as error:
            return self._refused(error, asker)
        return self._connected(found)

    def key(self, name: str) -> Response:
        """Connect by a pasted key."""
        asker = self.places.asker()
        if asker is None:
            return _to(self.places.sign_in)
        try:
            found = consent.paste_key(self.opener, name, asker, request.form.get("key", ""))
        except ConsentError as error:
            return self._refused(error, asker)
        return self._connected(found)

    def disconnect(self, connection_id: int) -> Response:
        """End a connection of the organisation the page is about; another's does not exist."""
        asker = self.places.asker()
        if asker is None:
            return _to(self.places.sign_in)
        if asker.organisation_id is None:
            abort(404)
        try:
            disconnect(self.opener, asker.organisation_id, connection_id, asker.email)
        except LookupError:
            abort(404)
        flash("Disconnected. History, rules and matches are kept.", "done")
        return _to(self._landing(asker))

    def launch(self) -> Response:
        """Start here when somebody opens us from the vendor's list of apps."""
        asker = self.places.asker()
        return _to(self.places.sign_in if asker is None else self._landing(asker))

    def page(self, name: str) -> Callable[[], str]:
        """Make a page that only explains."""
        return lambda: self._page(name, landing=self.places.connected(None))

    def _page(self, template: str, **shown: Any) -> str:  # noqa: ANN401 - what a template shows
        return render_template(f"oauth/{template}.html", layout=self.places.layout, **shown)

    def _landing(self, asker: Asker) -> str:
        return self.places.connected(asker.organisation_id)

    def _connected(self, connection: ConnectionRow) -> Response:
        flash(f"{connection.title} is connected. Nothing is sent before you switch it on.", "done")
        return _to(self.places.connected(connection.organisation_id))

    def _refused(self, error: ConsentError, asker: Asker) -> Response:
        flash(error.text, "error")
        return _to(self._landing(asker))


def _to(address: str) -> Response:
    """Lead on with an empty body: no page, not even the usual few words of one."""
    return Response(status=302, headers={"Location": address}, content_type="text/plain")


def _unseen(answer: Response) -> Response:
    """Keep addresses with codes in them out of caches and of other sites' logs."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _browser(desk: _Desk, asker: Asker) -> str:
    """Name this browser and member: only they can finish what they began."""
    if BROWSER not in session:
        session[BROWSER] = desk.opener.secret()
    return f"{session[BROWSER]}:{asker.member_id}"


def _named(tenants: tuple[Tenant, ...]) -> list[list[str]]:
    return [[one.id, one.title] for one in tenants]


def _open_choice(name: str) -> Mapping[str, Any] | None:
    kept = session.get(OPEN_CHOICE)
    return kept if isinstance(kept, dict) and kept.get("name") == name else None
