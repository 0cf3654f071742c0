"""What happens here when a consent ended at the vendor: stop, and tell a person."""

from __future__ import annotations

from oauth.opener import Opener
from store import connections, exceptions, tokens
from store.connections import ConnectionRow
from store.tokens import TokenSet

KIND = "needs_reconnect"
FIX = "Press Reconnect. History, rules and matches are kept, and what waits is done afterwards."


def subject(connection: ConnectionRow) -> str:
    """Name the connection in exceptions and in the journal."""
    return f"connection:{connection.id}"


def consent_ended(opener: Opener, held: TokenSet, said: str) -> None:
    """Stop every connection that lived by these tokens; all need a person."""
    with opener.sessions.begin() as s:
        tokens.mark_needs_reconnect(s, held.organisation_id, held.id)
        ended = [one for one in connections.all_live(s) if one.token_set_id == held.id]
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
