"""What happens here when a consent ended at the vendor: stop, and tell a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from oauth.opener import Opener
from store import connections, exceptions, tokens
from store.connections import ConnectionRow

KIND = "needs_reconnect"
ENDS = "consent_ends"
PERMISSION = "needs_permission"
# Vendors advise to tell so early that a consent ends by itself.
WARNING = timedelta(days=30)
FIX = "Press Reconnect. History, rules and matches are kept, and what waits is done afterwards."


def subject(connection: ConnectionRow) -> str:
    """Name the connection in exceptions and in the journal."""
    return f"connection:{connection.id}"


def consent_ended(opener: Opener, organisation_id: int, token_set_id: int, said: str) -> None:
    """Stop every connection that lived by these tokens; all need a person."""
    with opener.sessions.begin() as s:
        tokens.mark_needs_reconnect(s, organisation_id, token_set_id)
        ended = [one for one in connections.all_live(s) if one.token_set_id == token_set_id]
    for one in ended:
        connection_ended(opener, one, said)


def connection_ended(opener: Opener, connection: ConnectionRow, said: str) -> None:
    """Stop one connection; others of the same consent may live on."""
    with opener.sessions.begin() as s:
        connections.set_state(s, connection.id, connections.NEEDS_RECONNECT, said)
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind=KIND,
            subject=subject(connection),
            title=f"{connection.title} has to be connected again",
            detail=said,
            fix=FIX,
            now=opener.clock(),
        )


def consent_ends(opener: Opener, connection: ConnectionRow, ends: datetime) -> None:
    """Tell a person that the consent itself ends; renewing a token does not prolong it."""
    with opener.sessions.begin() as s:
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind=ENDS,
            subject=subject(connection),
            title=f"{connection.title}: the consent ends on {ends.date().isoformat()}",
            detail="The vendor lets a consent live for a limited time, however often it is used.",
            fix="Press Reconnect before that day; history and rules are kept.",
            now=opener.clock(),
        )


def lacks_permission(opener: Opener, connection: ConnectionRow, said: str) -> None:
    """Tell a person that the vendor wants a permission nobody has given us."""
    fix = (
        "Give the key this permission at the vendor, or connect with another key."
        if connection.strategy == "restricted_key"
        else "Press Review permissions beside Dunnock in the vendor's list of installed apps."
    )
    with opener.sessions.begin() as s:
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind=PERMISSION,
            subject=subject(connection),
            title=f"{connection.title}: a permission is missing",
            detail=said,
            fix=f"{fix} What waits for it is tried again within the hour; then close this row.",
            now=opener.clock(),
        )
