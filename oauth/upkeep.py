"""What is looked after once a day: addresses, keys, and whether each consent lives, and how long.

Nothing here is urgent and everything comes again tomorrow, so a vendor that does not answer holds
up nothing else.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from ledger.errors import OutsideError, RetryLaterError
from oauth import directory, ending
from oauth.disconnect import still_there
from oauth.opener import Opener
from store import connections, tokens
from store.connections import ConnectionRow
from store.reseal import reseal
from store.session import reading

LOG = logging.getLogger(__name__)


def look_after(opener: Opener) -> None:
    """Do all of it."""
    resealed = reseal(opener.sessions)
    if resealed:
        LOG.info("sealed %s rows under the newest key", resealed)
    for name in opener.providers:
        directory.look(opener, name)
    warn_of_ends(opener)
    check_connections(opener)


def warn_of_ends(opener: Opener) -> None:
    """Tell of consents that end within thirty days, and stop those that have ended."""
    now = opener.clock()
    with reading(opener.sessions) as s:
        soon = tokens.ending(s, now + ending.WARNING)
        users = {one.id: connections.of_token_set(s, one.organisation_id, one.id) for one in soon}
    for one in soon:
        if one.at <= now:
            said = f"the consent ended on {one.at.date().isoformat()}"
            ending.consent_ended(opener, one.organisation_id, one.id, said)
            continue
        for connection in users[one.id]:
            ending.consent_ends(opener, connection, one.at)


def check_connections(opener: Opener) -> None:
    """Ask each vendor that lists them whether its connections exist: one call for each."""
    with reading(opener.sessions) as s:
        live = connections.all_live(s)
    for one in live:
        is_listed = directory.consent_of(opener, one.provider).lists_connections
        if is_listed and one.state == connections.CONNECTED:
            with suppress(OutsideError):
                _look(opener, one)


def _look(opener: Opener, connection: ConnectionRow) -> None:
    """Look once, unless it rests; a vendor that wants patience has it from the worker too.

    What rests is found out about by the worker, as soon as it goes on.
    """
    with reading(opener.sessions) as s:
        rest_until = connections.get(s, connection.id).rest_until
    if rest_until is not None and opener.clock() < rest_until:
        return
    try:
        still_there(opener, connection)
    except RetryLaterError as error:
        until = opener.clock() + timedelta(seconds=max(error.seconds, 1.0))
        with opener.sessions.begin() as s:
            connections.rest(s, connection.id, until)
