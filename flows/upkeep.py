"""Telling an organisation's administrators, once each, that a connection needs them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from store import connections, exceptions, organisations, ticks, tokens
from store.session import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.connections import ConnectionRow
    from store.session import Sessions

# A month ahead the pages tell; so close to the end, a letter does.
LETTER_BEFORE = timedelta(days=7)
ADMIN = "admin"
# The unique row that a letter leaves behind.
WRITTEN = "letter"
NEEDS_RECONNECT = "needs_reconnect"


class Letters(Protocol):
    """A way to write to a member; raises the errors of `ledger.errors`."""

    def send(self, to: str, subject: str, text: str, key: str) -> str:
        """Send one letter once."""


def write_letters(sessions: Sessions, letters: Letters, public_url: str, now: datetime) -> int:
    """Write every letter that is due and was not written yet; gives how many.

    A letter that surely was not accepted is tried again tomorrow.
    """
    with reading(sessions) as s:
        due = [*_endings(s, now), *_ended(s)]
        home = {one.organisation_id: _home(s, one, public_url) for _, one, _ in due}
        admins = {key: _admins(s, key) for key in home}
    written = 0
    for mark, connection, why in due:
        link = home[connection.organisation_id]
        subject, text = _letter(connection, why, link)
        for to in admins[connection.organisation_id]:
            written += _write_once(sessions, letters, (to, subject, text, f"{mark} {to}"))
    return written


def _endings(s: Session, now: datetime) -> Iterator[tuple[str, ConnectionRow, str]]:
    """Give the connections whose consent ends within a week."""
    for one in tokens.ending(s, now + LETTER_BEFORE):
        day = one.at.date().isoformat()
        for connection in connections.of_token_set(s, one.organisation_id, one.id):
            yield f"ends {connection.id} {day}", connection, f"its consent ends on {day}"


def _ended(s: Session) -> Iterator[tuple[str, ConnectionRow, str]]:
    """Give the connections that stand still, each with the row that tells of it."""
    for connection in connections.all_live(s):
        if connection.state != connections.NEEDS_RECONNECT:
            continue
        rows = exceptions.list_open(s, connection.organisation_id, NEEDS_RECONNECT)
        for row in rows:
            if row.subject == f"connection:{connection.id}":
                yield f"ended {row.id}", connection, "its consent has ended"


def _admins(s: Session, organisation_id: int) -> list[str]:
    seats = organisations.seats(s, organisation_id)
    return [one.member.email for one in seats if one.role == ADMIN]


def _home(s: Session, connection: ConnectionRow, public_url: str) -> str:
    public_id = organisations.get(s, connection.organisation_id).public_id
    return f"{public_url.rstrip('/')}/o/{public_id}/connections"


def _letter(connection: ConnectionRow, why: str, link: str) -> tuple[str, str]:
    subject = f"{connection.title} has to be connected again"
    text = (
        f"{connection.title}: {why}.\n\n"
        "Without a consent nothing is read, sent or written there. History, rules and matches are\n"
        "kept, and what waits is done once an administrator has connected it again.\n\n"
        f"Press Reconnect on this page:\n{link}\n"
    )
    return subject, text


def _write_once(sessions: Sessions, letters: Letters, letter: tuple[str, str, str, str]) -> int:
    """Write unless it was written; a crash may lose the letter, never double it: the page tells."""
    to, subject, text, key = letter
    with sessions.begin() as s:
        if not ticks.first(s, WRITTEN, key):
            return 0
    try:
        letters.send(to, subject, text, key)
    except (RefusedError, RetryLaterError):
        with sessions.begin() as s:
            ticks.forget(s, WRITTEN, key)
        return 0
    except UnknownOutcomeError:
        pass  # it may have arrived, and once is enough
    return 1
