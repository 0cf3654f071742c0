"""What a request knows: the site it came to, who came, and which organisation it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import abort, current_app, g
from flask_login import current_user

from ledger.days import local_day
from store import organisations
from store.session import reading

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from store.organisations import OrganisationRow
    from web.site import Site

EXTENSION = "dunnock"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member, as Flask-Login wants one."""

    id: int
    email: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Give what the session remembers."""
        return str(self.id)


def site() -> Site:
    """Give what the pages were made with."""
    return cast("Site", current_app.extensions[EXTENSION])


def looking() -> AbstractContextManager[Session]:
    """Open the store to look only, so that no page makes the worker or the door wait."""
    return reading(site().tools.sessions)


def now() -> datetime:
    """Give the moment from the injected clock."""
    return site().tools.clock()


def who() -> str:
    """Name the person acting, for the journal."""
    return str(current_user.email)


def enter(public_id: str) -> None:
    """Bind the request to an organisation of the visitor; another's does not exist for them."""
    with looking() as s:
        mine = organisations.organisations_of(s, current_user.id)
        found = next((one for one in mine if one.public_id == public_id), None)
        if found is None:
            abort(404)
        g.role = organisations.role_of(s, found.id, current_user.id)
    g.organisation = found
    g.zone = found.ledger.zone if found.ledger else "UTC"


def organisation() -> OrganisationRow:
    """Give the organisation this request is about."""
    return cast("OrganisationRow", g.organisation)


def today() -> date:
    """Give the day it is where the organisation is."""
    return local_day(now(), str(g.zone))
