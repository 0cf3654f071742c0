"""Ending a connection: at the vendor as far as it lets us, and here in any case."""

from __future__ import annotations

from connector.protocol import Access, Provider
from ledger.errors import DisconnectedError, OutsideError
from oauth import directory, ending
from oauth.exchange import TokenEndpoint
from oauth.opener import Opener
from oauth.tokens import fresh_access
from store import connections, exceptions, journal, ticks, tokens
from store.connections import ConnectionRow

# The unique row that a word of a disconnect leaves behind, for an hour.
SUSPECTED = "suspected"


def disconnect(opener: Opener, organisation_id: int, connection_id: int, who: str) -> None:
    """End a connection: told to the vendor, tokens forgotten, work stopped, history kept.

    A vendor that does not answer keeps nobody connected here; then an exception row says that the
    permission should be taken away there too. Raises LookupError for another's connection.
    """
    with opener.sessions() as s:
        connection = connections.one_of(s, organisation_id, connection_id)
    if connection is None:
        msg = f"organisation {organisation_id} has no connection {connection_id}"
        raise LookupError(msg)
    if connection.state == connections.DISCONNECTED:
        return
    trouble = _tell_vendor(opener, connection)
    _forget(opener, connection, who, trouble)


def still_there(opener: Opener, connection: ConnectionRow) -> bool:
    """Ask the vendor whether the connection exists; if not, stop it here and tell a person.

    Meant for a light daily look: a person may end the connection at the vendor without a word to
    us. A new name is taken over. Raises RetryLaterError when the vendor cannot say now.
    """
    provider = opener.providers[connection.provider]
    try:
        access = fresh_access(opener, connection).access
        listed = provider.tenants(access, opener.wire(connection.provider))
    except DisconnectedError as error:
        # A dead consent has marked itself; a refused key has not.
        ending.connection_ended(opener, connection, str(error))
        return False
    tenant = next((one for one in listed if one.id == connection.tenant_id), None)
    if tenant is None:
        ending.connection_ended(opener, connection, "the connection was ended at the vendor")
        return False
    if tenant.title not in {"", connection.title}:
        with opener.sessions.begin() as s:
            connections.rename(s, connection.id, tenant.title)
    return True


def suspect(opener: Opener, name: str, tenant_id: str) -> None:
    """Take anybody's word that a tenant ended its consent as a reason to ask the vendor, no more.

    The next use of its tokens renews them first, and that is now: a consent that ended shows
    itself. Once an hour for each connection, so that nobody can make us ask all day.
    """
    now = opener.clock()
    with opener.sessions.begin() as s:
        connection = connections.by_tenant(s, name, tenant_id)
        if (
            connection is None
            or connection.state != connections.CONNECTED
            or connection.token_set_id is None
            or not ticks.first(s, SUSPECTED, f"{connection.id} {now:%Y-%m-%dT%H}")
        ):
            return
        tokens.renew_soon(s, connection.organisation_id, connection.token_set_id, now)
        connections.want_sync(s, connection.id, now)


def _tell_vendor(opener: Opener, connection: ConnectionRow) -> str:
    """End it at the vendor; gives what stood in the way, or ""."""
    provider, wire = opener.providers[connection.provider], opener.wire(connection.provider)
    try:
        access = fresh_access(opener, connection).access
        last = _is_last(opener, provider, connection, access)
        provider.disconnect(access, wire, last=last)
        if last and connection.strategy == "oauth":
            _revoke(opener, provider, connection)
    except DisconnectedError:
        return ""  # over there it has ended already
    except OutsideError as error:
        return str(error)
    return ""


def _is_last(opener: Opener, provider: Provider, connection: ConnectionRow, access: Access) -> bool:
    """Say whether nothing else of ours lives by this person's consent.

    At Xero a revocation ends every organisation the person ever connected, so the vendor's own
    list is compared with every connection here, and not only those that share the token set.
    """
    listed = {one.id for one in provider.tenants(access, opener.wire(provider.name))}
    with opener.sessions() as s:
        live = connections.all_live(s)
    return not any(
        one.id != connection.id
        and one.provider == connection.provider
        and (one.tenant_id in listed or one.token_set_id == connection.token_set_id)
        for one in live
    )


def _revoke(opener: Opener, provider: Provider, connection: ConnectionRow) -> None:
    wire = opener.wire(provider.name)
    consent = directory.consent_of(opener, provider.name)
    if consent.revoke_url is None or connection.token_set_id is None:
        return
    with opener.sessions() as s:
        held = tokens.get(s, connection.organisation_id, connection.token_set_id)
    TokenEndpoint(opener.clients[provider.name], consent, wire).revoke(held.refresh)


def _forget(opener: Opener, connection: ConnectionRow, who: str, trouble: str) -> None:
    now, subject = opener.clock(), ending.subject(connection)
    with opener.sessions.begin() as s:
        connections.set_state(s, connection.id, connections.DISCONNECTED, f"by {who}")
        if connection.token_set_id is not None:
            users = [
                o for o in connections.all_live(s) if o.token_set_id == connection.token_set_id
            ]
            connections.set_token_set(s, connection.id, None)
            if all(one.id == connection.id for one in users):
                tokens.wipe(s, connection.organisation_id, connection.token_set_id)
        exceptions.close_subject(
            s,
            connection.organisation_id,
            subject,
            who=who,
            now=now,
            resolution="disconnected",
        )
        journal.write(
            s,
            connection.organisation_id,
            "disconnected",
            who=who,
            text=f"Disconnected {connection.title} ({connection.provider})",
            now=now,
            evidence={"told the vendor": not trouble, "trouble": trouble},
            subject=subject,
        )
        if trouble:
            exceptions.open_exception(
                s,
                connection.organisation_id,
                kind="disconnect_unconfirmed",
                subject=subject,
                title=f"{connection.title}: the vendor may still list the connection",
                detail=trouble,
                fix="Open the vendor's list of connected apps and remove Dunnock there too.",
                now=now,
            )
