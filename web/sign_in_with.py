"""Sign-in with Xero or Intuit: the way there, the way back, and whom it lets in.

A vendor's word opens the account it was linked to, and that link is made by somebody who is signed
in already. An e-mail address opens nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, request, session, url_for
from flask_login import current_user

from oauth import sign_in as vendor
from oauth.refusal import ConsentError
from oauth.routes import lead_on, unseen
from store import identities, journal, organisations, ticks
from web import sign_up
from web.sign_in import enter
from web.visit import looking, now, site, who

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from oauth.sign_in import Person

# What the browser's session remembers: a name of its own, for the way back.
BROWSER = "sign_in_browser"
# The unique row that a letter to somebody new leaves behind, for an hour.
INVITED = "invited"

pages = Blueprint("sign_in_with", __name__, url_prefix="/sign-in/with")
# The callback carries a code in its address.
pages.after_request(unseen)


@pages.post("/<name>")
def begin(name: str) -> Response:
    """Send the visitor to the vendor: to sign in, or to link it to who is signed in."""
    return lead_on(arrive(name))


def arrive(name: str) -> str:
    """Give the vendor's address for a visitor; one of ours when nobody can sign in with it."""
    try:
        return vendor.begin(site().opener, name, _browser())
    except ConsentError as error:
        flash(error.text, "error")
        return _back()


@pages.get("/<name>/callback")
def callback(name: str) -> Response:
    """Take the visitor back; whatever happened, the answer leads on to a page of ours."""
    try:
        person = vendor.finish(site().opener, name, _browser(), request.args.to_dict())
    except ConsentError as error:
        flash(error.text, "error")
        return lead_on(_back())
    return lead_on(_link(person) if current_user.is_authenticated else _let_in(person))


@pages.post("/<name>/forget")
def forget(name: str) -> Response:
    """Let the vendor sign this person in no longer; every connection stays connected."""
    if not current_user.is_authenticated:
        return lead_on(_back())
    with site().tools.sessions.begin() as s:
        if identities.unlink(s, current_user.id, name):
            _write_down(s, current_user.id, f"{who()} no longer signs in with {_title(name)}")
    flash(f"{_title(name)} signs you in no longer. Your connections stay connected.")
    return lead_on(_back())


def ways() -> list[tuple[str, str, bool]]:
    """List the vendors people can sign in with: name, title, and whether this visitor does."""
    linked: frozenset[str] = frozenset()
    if current_user.is_authenticated:
        with looking() as s:
            linked = identities.providers_of(s, current_user.id)
    offered = vendor.offered(site().opener)
    return [(name, title, name in linked) for name, title in offered.items()]


def _link(person: Person) -> str:
    """Let the vendor sign in who is signed in now, and has proven that here."""
    title = _title(person.provider)
    with site().tools.sessions.begin() as s:
        before = identities.member_of(s, person.provider, person.subject)
        done = identities.link(s, current_user.id, person.provider, person.subject, now())
        if done and before is None:
            _write_down(s, current_user.id, f"{who()} signs in with {title} from now on")
    if done:
        flash(f"You can sign in with {title} from now on.", "done")
    else:
        flash(f"This {title} account signs in somebody else here.", "error")
    return _back()


def _let_in(person: Person) -> str:
    """Sign in whom the vendor's subject is linked to; perhaps somebody new."""
    with site().tools.sessions.begin() as s:
        member = identities.member_of(s, person.provider, person.subject)
        is_new = member is None and _may_be_new(s, person)
        if is_new and person.has_address:
            member = _newcomer(s, person)
        may_write = is_new and member is None and _first_this_hour(s, person)
    if may_write and sign_up.invite(person):
        flash(f"A letter is on its way to {person.email}. Open its link in this browser.", "done")
        return _back()
    if member is None:
        title = _title(person.provider)
        flash(
            f"Nobody here signs in with this {title} account yet. Sign in by your link first, then "
            f"link {title} on the page Organisations.",
            "error",
        )
        return _back()
    enter(member)
    return url_for("choose.home")


def _may_be_new(s: Session, person: Person) -> bool:
    """Say whether to make an account; whoever has the address already keeps it."""
    if not site().sign_up or not person.email:
        return False
    return organisations.member_by_email(s, person.email) is None


def _first_this_hour(s: Session, person: Person) -> bool:
    """Bound the letters that one account at a vendor can have written to an address."""
    return ticks.first(s, INVITED, f"{person.provider} {person.subject} {now():%Y-%m-%dT%H}")


def _newcomer(s: Session, person: Person) -> organisations.MemberRow | None:
    member_id = organisations.add_person(s, person.email, person.name or person.email, now())
    identities.link(s, member_id, person.provider, person.subject, now())
    return organisations.member(s, member_id)


def _write_down(s: Session, member_id: int, text: str) -> None:
    for one in organisations.organisations_of(s, member_id):
        journal.write(
            s, one.id, "changed", who=who(), text=text, now=now(), subject=f"member:{member_id}"
        )


def _browser() -> str:
    """Name this browser and what it signs in for: a link, once begun, is for that member alone."""
    if BROWSER not in session:
        session[BROWSER] = site().opener.secret()
    whom = current_user.id if current_user.is_authenticated else "nobody"
    return f"{session[BROWSER]}:{whom}"


def _back() -> str:
    if current_user.is_authenticated:
        return url_for("choose.organisations")
    return url_for("sign_in.form")


def _title(name: str) -> str:
    return vendor.offered(site().opener).get(name, name)
