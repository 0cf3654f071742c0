"""The addresses of connecting: there and back again, a pasted key, and the end of it.

A callback carries secrets in its address, so it answers 302 and never a page; what happened is
told on the page the person lands on. CSRF tokens of the posts are checked by the application.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, session

from oauth import consent
from oauth.binding import Asker
from oauth.consent import Choice
from oauth.disconnect import disconnect, suspect
from oauth.opener import Opener
from oauth.refusal import ConsentError
from store.connections import ConnectionRow

# What the browser's session remembers: its own name, and a choice that is open.
BROWSER = "consent_browser"
OPEN_CHOICE = "consent_choice"
# Neither kept nor shown again without asking; both words, as some vendors' reviewers want.
UNKEPT = "no-cache, no-store"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages around these routes are; given by whoever owns them.

    `asker` gives the signed-in member who may connect here and now, with the organisation the
    page is about (None asks for a new one), or None for nobody. `connected` gives the address to
    land on, for an organisation's id or None. `layout` is the template to extend. `arrive` gives
    the address for somebody not signed in who comes from a vendor's list of apps.
    """

    asker: Callable[[], Asker | None]
    connected: Callable[[int | None], str]
    sign_in: str = "/sign-in"
    layout: str = "oauth/plain.html"
    arrive: Callable[[str], str] = lambda _name: "/sign-in"


def make_blueprint(opener: Opener, places: Places) -> Blueprint:
    """Make the routes of connecting."""
    routes = Blueprint("oauth", __name__, template_folder="templates")
    desk = _Desk(opener, places)
    routes.after_request(unseen)
    routes.post("/connect/<name>")(desk.begin)
    routes.get("/connect/<name>/callback")(desk.callback)
    routes.get("/connect/<name>/choose")(desk.choices)
    routes.post("/connect/<name>/choose")(desk.choose)
    routes.post("/connect/<name>/key")(desk.key)
    routes.post("/disconnect/<int:connection_id>")(desk.disconnect)
    # The addresses that vendors' portals ask for. Anybody may open them, so they change nothing:
    # a consent that ended is found out by asking the vendor.
    for name in ("quickbooks", "xero"):
        routes.add_url_rule(f"/{name}/launch", f"launch_{name}", desk.launch(name))
    routes.get("/quickbooks/disconnected")(desk.disconnected)
    routes.get("/quickbooks/reconnect")(desk.reconnect)
    return routes


@dataclass(frozen=True, slots=True)
class _Desk:
    opener: Opener
    places: Places

    def begin(self, name: str) -> Response:
        """Send the person to the vendor."""
        asker = self.places.asker()
        if asker is None:
            return lead_on(self.places.sign_in)
        try:
            address = consent.begin(self.opener, name, _browser(self, asker), asker.organisation_id)
        except ConsentError as error:
            return self._refused(error, asker)
        return lead_on(address)

    def callback(self, name: str) -> Response:
        """Take the person back; whatever happened, the answer leads on to a page of ours."""
        asker = self.places.asker()
        if asker is None:
            return lead_on(self.places.sign_in)
        came_back = request.args.to_dict()
        try:
            found = consent.finish(self.opener, name, _browser(self, asker), asker, came_back)
        except ConsentError as error:
            return self._refused(error, asker)
        if isinstance(found, Choice):
            session[OPEN_CHOICE] = {
                "name": name,
                "state": found.state,
                "of": [one.title for one in found.tenants],
            }
            return lead_on(f"/connect/{name}/choose")
        return self._connected(found)

    def choices(self, name: str) -> str | Response:
        """Ask which of several consented organisations is meant."""
        asker, kept = self.places.asker(), _open_choice(name)
        if asker is None or kept is None:
            return lead_on(self.places.sign_in if asker is None else self._landing(asker))
        title = self.opener.providers[name].title
        return self._page("choose", name=name, title=title, tenants=kept["of"])

    def choose(self, name: str) -> Response:
        """Connect the organisation that was chosen."""
        asker, kept = self.places.asker(), _open_choice(name)
        if asker is None or kept is None:
            return lead_on(self.places.sign_in if asker is None else self._landing(asker))
        session.pop(OPEN_CHOICE)
        place = request.form.get("place", default=-1, type=int)
        try:
            found = consent.choose(
                self.opener, name, _browser(self, asker), asker, kept["state"], place
            )
        except ConsentError as error:
            return self._refused(error, asker)
        return self._connected(found)

    def key(self, name: str) -> Response:
        """Connect by a pasted key."""
        asker = self.places.asker()
        if asker is None:
            return lead_on(self.places.sign_in)
        try:
            found = consent.paste_key(self.opener, name, asker, request.form.get("key", ""))
        except ConsentError as error:
            return self._refused(error, asker)
        return self._connected(found)

    def disconnect(self, connection_id: int) -> Response:
        """End a connection of the organisation the page is about; another's does not exist."""
        asker = self.places.asker()
        if asker is None:
            return lead_on(self.places.sign_in)
        if asker.organisation_id is None:
            abort(404)
        try:
            disconnect(self.opener, asker.organisation_id, connection_id, asker.email)
        except LookupError:
            abort(404)
        flash("Disconnected. History, rules and matches are kept.", "done")
        return lead_on(self._landing(asker))

    def launch(self, name: str) -> Callable[[], Response]:
        """Make the start for somebody who opens us from the vendor's list of apps."""

        def start() -> Response:
            asker = self.places.asker()
            return lead_on(self.places.arrive(name) if asker is None else self._landing(asker))

        return start

    def disconnected(self) -> str | Response:
        """Explain; a realmId that came along is only a reason to look, and leaves the address."""
        if request.args:
            suspect(self.opener, "quickbooks", request.args.get("realmId", ""))
            return lead_on(request.path)
        return self._page("disconnected", landing=self.places.connected(None))

    def reconnect(self) -> str:
        """Explain how to connect again."""
        return self._page("reconnect", landing=self.places.connected(None))

    def _page(self, template: str, **shown: Any) -> str:  # noqa: ANN401 - what a template shows
        return render_template(f"oauth/{template}.html", layout=self.places.layout, **shown)

    def _landing(self, asker: Asker) -> str:
        return self.places.connected(asker.organisation_id)

    def _connected(self, connection: ConnectionRow) -> Response:
        flash(f"{connection.title} is connected. Nothing is sent before you switch it on.", "done")
        return lead_on(self.places.connected(connection.organisation_id))

    def _refused(self, error: ConsentError, asker: Asker) -> Response:
        flash(error.text, "error")
        return lead_on(self._landing(asker))


def lead_on(address: str) -> Response:
    """Lead on with an empty body: no page, not even the usual few words of one."""
    return Response(status=302, headers={"Location": address}, content_type="text/plain")


def unseen(answer: Response) -> Response:
    """Keep addresses with codes in them out of caches and of other sites' logs."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = UNKEPT
    return answer


def _browser(desk: _Desk, asker: Asker) -> str:
    """Name this browser and member: only they can finish what they began."""
    if BROWSER not in session:
        session[BROWSER] = desk.opener.secret()
    return f"{session[BROWSER]}:{asker.member_id}"


def _open_choice(name: str) -> Mapping[str, Any] | None:
    kept = session.get(OPEN_CHOICE)
    return kept if isinstance(kept, dict) and kept.get("name") == name else None
