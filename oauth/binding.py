"""Turning a proven consent into a connection: all of it in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from connector.protocol import Provider, Role, Tenant
from ledger.documents import Organisation
from oauth import ending
from oauth.opener import Opener
from oauth.refusal import ConsentError
from store import connections, exceptions, journal, organisations, tokens
from store.connections import ConnectionRow, Consented
from store.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Asker:
    """The member who connects. `organisation_id` None asks for a new organisation."""

    member_id: int
    email: str
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A tenant whose books were read with the very key that is about to be kept."""

    tenant: Tenant
    business: Organisation
    # None where our own key opens the account.
    tokens: Tokens | None
    strategy: str
    role: Role


def role_for(s: Session, provider: Provider, asker: Asker, tenant: Tenant) -> Role:
    """Say what a tenant is connected as: a known one as before, a new one as the page asked.

    Who asks for a new organisation connects its books; within one, the provider takes payments if
    it can do that.
    """
    known = connections.by_tenant(s, provider.name, tenant.id)
    if known is not None:
        return Role(known.role)
    wanted = Role.BOOKS if asker.organisation_id is None else Role.PAYMENTS
    return wanted if wanted in provider.roles else next(iter(provider.roles))


def bind(opener: Opener, provider: Provider, asker: Asker, proven: Proven) -> ConnectionRow:
    """Keep a proven consent; raises ConsentError when the tenant or the organisation is taken."""
    now = opener.clock()
    with opener.sessions.begin() as s:
        known = connections.by_tenant(s, provider.name, proven.tenant.id)
        organisation_id = _home(s, opener, asker, proven, known)
        token_set_id = _keep_tokens(s, organisation_id, provider.name, proven, known, now)
        consented = Consented(
            provider=provider.name,
            role=proven.role.value,
            tenant_id=proven.tenant.id,
            title=proven.tenant.title or proven.business.name,
            strategy=proven.strategy,
            grant=proven.tenant.grant,
            live=proven.tenant.live,
            environment=_environment(opener, provider, proven),
            token_set_id=token_set_id,
        )
        try:
            connection_id = connections.connect(s, organisation_id, consented, now)
        except connections.TakenError as error:
            raise ConsentError("taken", str(error)) from None
        if proven.role is Role.BOOKS:
            organisations.save_ledger(s, organisation_id, proven.business)
        connection = connections.get(s, connection_id)
        _write_down(s, connection, asker, again=known is not None, now=now)
    return connection


def _environment(opener: Opener, provider: Provider, proven: Proven) -> str:
    """Say in which of the vendor's worlds our app was installed; a pasted key knows of none."""
    client = opener.clients.get(provider.name)
    return "" if client is None or proven.strategy == "restricted_key" else client.environment


def _home(
    s: Session,
    opener: Opener,
    asker: Asker,
    proven: Proven,
    known: ConnectionRow | None,
) -> int:
    """Say which organisation the tenant belongs to; a new one when it is nobody's yet."""
    mine = {one.id: one.name for one in organisations.organisations_of(s, asker.member_id)}
    if known is not None:
        if known.organisation_id not in mine:
            raise ConsentError(
                "taken",
                f"{proven.tenant.title} is connected to an organisation you do not belong to. "
                "Ask its administrator to add you.",
            )
        if asker.organisation_id not in {None, known.organisation_id}:
            raise ConsentError(
                "taken",
                f"{proven.tenant.title} belongs to {mine[known.organisation_id]}. "
                "Open that organisation and connect it there.",
            )
        return _acting(s, asker, known.organisation_id)
    if asker.organisation_id is not None:
        if asker.organisation_id not in mine:
            raise ConsentError("foreign", "You do not belong to this organisation any more.")
        return _acting(s, asker, asker.organisation_id)
    if proven.role is not Role.BOOKS:
        raise ConsentError("no_books", "Connect the accounting system first, then this.")
    member = organisations.member(s, asker.member_id)
    name = member.name if member else asker.email
    made = organisations.create(s, proven.business.name, opener.ids(), opener.clock())
    organisations.add_member(s, made, asker.email, name, "admin", opener.clock())
    return made


def _acting(s: Session, asker: Asker, organisation_id: int) -> int:
    """Give the organisation back when the asker may connect there."""
    if organisations.role_of(s, organisation_id, asker.member_id) not in organisations.ACTING:
        raise ConsentError(
            "role", "You may look here, not connect. Ask an administrator for the role operator."
        )
    return organisation_id


def _keep_tokens(
    s: Session,
    organisation_id: int,
    provider: str,
    proven: Proven,
    known: ConnectionRow | None,
    now: datetime,
) -> int | None:
    """Keep the new tokens; what only the connection's old tokens opened is forgotten."""
    before = known.token_set_id if known else None
    made = None
    if proven.tokens is not None:
        made = tokens.create(s, organisation_id, provider, proven.tokens, now)
    if known is not None and before is not None:
        users = [one for one in connections.all_live(s) if one.token_set_id == before]
        if all(one.id == known.id for one in users):
            tokens.wipe(s, organisation_id, before)
    return made


def _write_down(
    s: Session, connection: ConnectionRow, asker: Asker, *, again: bool, now: datetime
) -> None:
    verb = "reconnected" if again else "connected"
    journal.write(
        s,
        connection.organisation_id,
        verb,
        who=asker.email,
        text=f"{verb.capitalize()} {connection.title} ({connection.provider})",
        now=now,
        evidence={"strategy": connection.strategy, "live": connection.live},
        subject=ending.subject(connection),
    )
    exceptions.close_subject(
        s,
        connection.organisation_id,
        ending.subject(connection),
        who=asker.email,
        now=now,
        resolution=f"{verb} by {asker.email}",
    )
