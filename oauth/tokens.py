"""Fresh access tokens: one refresh at a time per token set, the new token kept before it is used.

Reading, taking the lease and storing are short transactions; none is open while the vendor is
asked. A process that dies with a new token unsaved loses only its lease: the next one repeats with
the old token, which Xero honours for half an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.protocol import Access
from ledger.errors import DisconnectedError, RefusedError, RetryLaterError
from oauth import directory, ending
from oauth.exchange import Granted, GrantEndedError, TokenEndpoint
from oauth.opener import Opener
from store import connections, exceptions, tokens
from store.connections import ConnectionRow
from store.killpoints import reach
from store.session import reading
from store.tokens import Tokens, TokenSet

# Vendors ask not to refresh on every call, and not to come with a token about to end either.
REFRESH_BEFORE = timedelta(minutes=5)
# Longer than two questions to the token endpoint may take with all their time-outs.
LEASE_SECONDS = 60.0
# While another process refreshes, look again this often; most answers come within a second.
LOOK_AGAIN_SECONDS = 0.1
LOOKS_MAX = 200
# Our client secret is wrong: a person has to mend the configuration, which takes a while.
MISCONFIGURED_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Key:
    """An access token and until when it may be used without asking again; None is for ever."""

    access: Access
    until: datetime | None = field(default=None)

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.until is None or now < self.until


def fresh_access(opener: Opener, connection: ConnectionRow, refused: str = "") -> Key:
    """Give an access token that works, refreshing it when it is about to end.

    `refused` is a token the vendor has just refused: a new one is fetched unless there is one
    already. Raises DisconnectedError when a person must connect again, RetryLaterError when the
    vendor or another process is not done yet.
    """
    if connection.strategy == "platform":
        return _platform_key(opener, connection)
    for _ in range(LOOKS_MAX):
        held = _held(opener, connection)
        if _is_usable(held, refused, opener.clock()):
            return _key(connection, held)
        if not held.refresh:
            said = "the key was refused and cannot be renewed"
            ending.consent_ended(opener, held.organisation_id, held.id, said)
            raise DisconnectedError(f"{connection.title}: {said}")
        leased = _take_lease(opener, held)
        if leased is not None and leased.version == held.version:
            return _refreshed(opener, connection, leased)
        if leased is not None:  # somebody refreshed between our look and our lease
            _give_back(opener, leased)
        opener.wait(LOOK_AGAIN_SECONDS)
    raise RetryLaterError(LOOK_AGAIN_SECONDS, "another process is renewing the key")


def _platform_key(opener: Opener, connection: ConnectionRow) -> Key:
    """Give our own key, which opens every account that installed us (Stripe)."""
    with opener.sessions() as s:
        state = connections.get(s, connection.id).state
    if state != connections.CONNECTED:
        raise DisconnectedError(f"{connection.title} has to be connected again")
    try:
        _check_environment(opener, connection)
    except RefusedError as error:
        raise _as_patience(opener, connection, error) from None
    return Key(_access(connection, opener.clients[connection.provider].secret))


def _held(opener: Opener, connection: ConnectionRow) -> TokenSet:
    """Read the connection and its tokens as they are now; the row we were given may be old."""
    with reading(opener.sessions) as s:
        row = connections.get(s, connection.id)
        if row.state == connections.CONNECTED and row.token_set_id is not None:
            held = tokens.get(s, row.organisation_id, row.token_set_id)
            if held.access and not held.needs_reconnect:
                return held
    raise DisconnectedError(f"{connection.title} has to be connected again")


def _is_usable(held: TokenSet, refused: str, now: datetime) -> bool:
    if held.access == refused:
        return False
    return held.expires_at is None or now < held.expires_at - REFRESH_BEFORE


def _take_lease(opener: Opener, held: TokenSet) -> TokenSet | None:
    # Each try has a name of its own: threads of one process exclude each other too.
    owner = f"{opener.owner[-36:]}/{opener.ids()[-40:]}"
    with opener.sessions.begin() as s:
        return tokens.take_refresh_lease(
            s, held.organisation_id, held.id, owner, opener.clock(), LEASE_SECONDS
        )


def _refreshed(opener: Opener, connection: ConnectionRow, held: TokenSet) -> Key:
    """Refresh under our lease; whatever happens, the lease is not kept longer than needed."""
    try:
        granted = _ask(opener, connection, held)
    except GrantEndedError as ended:
        return _after_refusal(opener, connection, held, str(ended))
    except (RefusedError, RetryLaterError) as error:
        _give_back(opener, held)
        raise _as_patience(opener, connection, error) from None
    reach("K21")
    return _stored(opener, connection, held, granted)


def _ask(opener: Opener, connection: ConnectionRow, held: TokenSet) -> Granted:
    """Try the refresh token and, where the vendor still honours it, the one before."""
    wire = opener.wire(connection.provider)
    _check_environment(opener, connection)
    consent = directory.consent_of(opener, connection.provider)
    endpoint = TokenEndpoint(opener.clients[connection.provider], consent, wire)
    try:
        return endpoint.refresh(held.refresh, opener.clock())
    except GrantEndedError:
        if not (consent.previous_works and held.previous_refresh):
            raise
        return endpoint.refresh(held.previous_refresh, opener.clock())


def _check_environment(opener: Opener, connection: ConnectionRow) -> None:
    """Refuse before the vendor does: keys of another environment are no end of the consent."""
    ours = opener.clients[connection.provider].environment
    if connection.environment not in {"", ours}:
        msg = (
            f"it was connected in the environment {connection.environment}, and the keys in the "
            f"configuration are those of {ours or 'another'}"
        )
        raise RefusedError(msg, "environment")


def _stored(opener: Opener, connection: ConnectionRow, held: TokenSet, granted: Granted) -> Key:
    new = Tokens(granted.access, granted.refresh, granted.expires_at, granted.hard_expires_at)
    with opener.sessions.begin() as s:
        kept = tokens.store_refreshed(
            s, held.organisation_id, held.id, held.lease_owner or "", held.version, new
        )
    if not kept:
        # Our lease ran out and another process was quicker: its token is the one that counts.
        return _of_another(opener, connection, held)
    _warn_of_the_end(opener, connection, granted)
    return Key(_access(connection, granted.access), _until(granted.expires_at))


def _after_refusal(opener: Opener, connection: ConnectionRow, held: TokenSet, said: str) -> Key:
    """Look whether another process won the race before giving the consent up."""
    now_held = _held(opener, connection)
    if now_held.version != held.version:
        return _of_another(opener, connection, held)
    ending.consent_ended(opener, held.organisation_id, held.id, said)
    raise DisconnectedError(f"{connection.title} has to be connected again: {said}")


def _of_another(opener: Opener, connection: ConnectionRow, before: TokenSet) -> Key:
    held = _held(opener, connection)
    if _is_usable(held, before.access, opener.clock()):
        return _key(connection, held)
    raise RetryLaterError(LOOK_AGAIN_SECONDS, "another process is renewing the key")


def _give_back(opener: Opener, held: TokenSet) -> None:
    with opener.sessions.begin() as s:
        tokens.give_refresh_lease_back(s, held.organisation_id, held.id, held.lease_owner or "")


def _as_patience(
    opener: Opener, connection: ConnectionRow, error: RefusedError | RetryLaterError
) -> RetryLaterError:
    """Turn a refusal of our own app into patience: what waits is kept, and a person is told."""
    if isinstance(error, RetryLaterError):
        return error
    with opener.sessions.begin() as s:
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind="client_refused",
            subject=connection.provider,
            title=f"{connection.title}: the vendor refuses our app",
            detail=str(error),
            fix="Check the client id and secret in the configuration; nothing is lost meanwhile.",
            now=opener.clock(),
        )
    return RetryLaterError(MISCONFIGURED_SECONDS, str(error))


def _warn_of_the_end(opener: Opener, connection: ConnectionRow, granted: Granted) -> None:
    """Say a month ahead that the consent itself ends; renewing a token does not prolong it."""
    ends, now = granted.hard_expires_at, opener.clock()
    if ends is None or ends - now > ending.WARNING:
        return
    ending.consent_ends(opener, connection, ends)


def _key(connection: ConnectionRow, held: TokenSet) -> Key:
    return Key(_access(connection, held.access), _until(held.expires_at))


def _until(expires_at: datetime | None) -> datetime | None:
    return None if expires_at is None else expires_at - REFRESH_BEFORE


def _access(connection: ConnectionRow, token: str) -> Access:
    return Access(connection.tenant_id, token, connection.strategy, connection.grant)
