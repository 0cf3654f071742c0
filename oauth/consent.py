"""Consent: sending a person to the vendor, and believing what comes back only as far as proven.

What a browser brings back is only ever a hint. The state says that this browser asked; the code
becomes a token between the vendor and us; and a tenant is kept only after its books were read
with that token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.consent import Consent
from connector.protocol import Access, Opening, Provider, Role, Tenant
from ledger.documents import Organisation
from ledger.errors import OutsideError
from oauth import directory, install
from oauth.binding import Asker, Proven, bind, role_for
from oauth.claims import claim
from oauth.client import Client
from oauth.exchange import Granted, GrantEndedError, TokenEndpoint, authorize_url
from oauth.opener import Opener
from oauth.refusal import ConsentError
from store import tokens
from store.connections import ConnectionRow
from store.session import reading
from store.tokens import StateError, StateRow, Tokens

# Marks the one-time rows of a choice between several tenants, apart from those of a consent.
CHOICE = "choice:"
# What a callback's error may say is anybody's text: a word of it is enough.
WORD_MAX = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """One consent covers several tenants: a person says which one. `state` is good for one use."""

    state: str
    tenants: tuple[Tenant, ...]


class _NoLimit:
    """The gate of a first call: there is no connection yet to count it for."""

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Let it through."""

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Take no notice; nothing else is called soon."""


def begin(opener: Opener, name: str, session: str, organisation_id: int | None) -> str:
    """Open a one-time state and give the address to send the person to.

    `session` names the browser session and the member; only they can finish. Raises ConsentError
    when we have no app at this vendor.
    """
    if name in opener.providers:
        directory.look(opener, name)
    _, client, consent = _vendor(opener, name)
    state = opener.secret()
    verifier = opener.secret() if consent.pkce else ""
    with opener.sessions.begin() as s:
        tokens.open_state(
            s,
            provider=name,
            state=state,
            session=session,
            organisation_id=organisation_id,
            verifier=verifier,
            now=opener.clock(),
        )
    if client.install_url:
        return install.address(client, state)
    return authorize_url(client, consent, opener.wire(name), state=state, verifier=verifier)


def finish(
    opener: Opener, name: str, session: str, asker: Asker, came_back: Mapping[str, str]
) -> ConnectionRow | Choice:
    """Finish a consent with the arguments of the callback; `asker` is who is signed in now.

    Raises ConsentError, and then nothing was kept. The state is used up in any case.
    """
    provider, client, consent = _vendor(opener, name)
    row = use_state(opener, name, session, came_back.get("state", ""))
    if client.install_url:
        asked = Asker(asker.member_id, asker.email, row.organisation_id)
        return _by_key(opener, provider, asked, install.access(opener, provider, client, came_back))
    code = code_of(came_back)
    granted = _exchange(opener, TokenEndpoint(client, consent, opener.wire(name)), code, row)
    hint = granted.tenant_id
    if consent.callback_tenant:
        hint = came_back.get(consent.callback_tenant, "")
    tenants = _consented(opener, provider, consent, granted, hint)
    for_whom = Asker(asker.member_id, asker.email, row.organisation_id)
    if len(tenants) > 1:
        return _offer(opener, name, session, for_whom, granted, tenants)
    return _accept(opener, provider, for_whom, granted, tenants[0])


def choose(
    opener: Opener, name: str, session: str, asker: Asker, state: str, place: int
) -> ConnectionRow:
    """Finish a consent that covered several tenants with the one a person chose.

    `place` is where it stood in `Choice.tenants`: the vendor's ids never go to a browser.
    """
    provider, _, _ = _vendor(opener, name)
    row = use_state(opener, CHOICE + name, session, state)
    granted, tenants = _read_choice(row.verifier)
    if place not in range(len(tenants)):
        raise ConsentError("other_tenant", "That is none of the organisations you consented to.")
    for_whom = Asker(asker.member_id, asker.email, row.organisation_id)
    return _accept(opener, provider, for_whom, granted, tenants[place])


def paste_key(opener: Opener, name: str, asker: Asker, key: str) -> ConnectionRow:
    """Connect by a key a person made at the vendor; it is kept only after it opened the account.

    Raises ConsentError.
    """
    provider = opener.providers.get(name)
    prefixes = provider.consent(opener.wire(name)).key_prefixes if provider else ()
    if provider is None or not prefixes:
        raise ConsentError("unknown_provider", "Keys cannot be pasted for this provider.")
    key = key.strip()
    if not key.startswith(prefixes) or not key.isascii() or not key.isprintable():
        starts = " or ".join(prefixes)
        raise ConsentError("bad_key", f"A restricted key starts with {starts}. Nothing was kept.")
    return _by_key(opener, provider, asker, Access("", key, "restricted_key"))


def _by_key(opener: Opener, provider: Provider, asker: Asker, access: Access) -> ConnectionRow:
    """Connect the one account that a key opens, once it was opened; our own key is not kept."""
    tenants = _tenants(opener, provider, access)
    if len(tenants) != 1 or access.tenant_id not in {"", tenants[0].id}:
        raise ConsentError("no_tenant", "The key does not name one account. Nothing was kept.")
    tenant = tenants[0]
    _check_live(opener, provider, tenant)
    opened = replace(access, tenant_id=tenant.id)
    role, business = _prove(opener, provider, asker, opened, tenant)
    kept = None if access.strategy == "platform" else Tokens(access.token)
    return bind(opener, provider, asker, Proven(tenant, business, kept, access.strategy, role))


def _vendor(opener: Opener, name: str) -> tuple[Provider, Client, Consent]:
    provider, client = opener.providers.get(name), opener.clients.get(name)
    if provider is None or client is None or not client.id:
        raise ConsentError("unknown_provider", "This provider is not set up in the configuration.")
    return provider, client, directory.consent_of(opener, name)


def use_state(opener: Opener, name: str, session: str, state: str) -> StateRow:
    """Use the state up, in a transaction of its own, before anything else happens.

    Raises ConsentError.
    """
    try:
        with opener.sessions.begin() as s:
            return tokens.use_state(
                s, provider=name, state=state, session=session, now=opener.clock()
            )
    except StateError:
        raise ConsentError(
            "state",
            "The request to connect is not known here, was used, or is too old. "
            "Press Connect again, in this browser.",
        ) from None


def code_of(came_back: Mapping[str, str]) -> str:
    """Give the code of a callback; raises ConsentError when there is none."""
    error = came_back.get("error", "")
    if error == "access_denied":
        raise ConsentError("denied", "Consent was not given. Nothing was kept.")
    code = came_back.get("code", "")
    if error or not code:
        said = error[:WORD_MAX] or "no code"
        raise ConsentError("vendor", f"The vendor did not give consent: {said}.")
    return code


def _exchange(opener: Opener, endpoint: TokenEndpoint, code: str, row: StateRow) -> Granted:
    try:
        return endpoint.exchange(code, row.verifier, opener.clock())
    except GrantEndedError as error:
        raise ConsentError("code", f"The vendor refused the consent: {error}.") from None
    except OutsideError as error:
        raise ConsentError(
            "exchange", f"The vendor refused: {error}. Press Connect again."
        ) from None


def _tenants(opener: Opener, provider: Provider, access: Access) -> list[Tenant]:
    try:
        return provider.tenants(access, opener.wire(provider.name))
    except OutsideError as error:
        raise ConsentError(
            "no_tenant", f"The vendor does not open its books to this key: {error}."
        ) from None


def _consented(
    opener: Opener, provider: Provider, consent: Consent, granted: Granted, hint: str
) -> list[Tenant]:
    """Find the tenants of this very consent, never merely one the person once allowed."""
    by_hint = bool(consent.callback_tenant or consent.token_tenant)
    if by_hint and not hint:
        raise ConsentError("no_tenant", "The vendor did not say which company it is about.")
    found = _tenants(opener, provider, Access(hint, granted.access))
    if by_hint:
        found = [one for one in found if one.id == hint]
    else:
        found = _of_event(found, claim(granted.access, consent.event_claim))
    if not found:
        raise ConsentError(
            "other_tenant",
            "The company named in the answer is not one this consent opens. Nothing was kept.",
        )
    return found


def _of_event(tenants: list[Tenant], event: str) -> list[Tenant]:
    if event:
        return [one for one in tenants if one.consent_event == event]
    # A token that does not say: the newest connection is the one just made.
    dated = [(one.connected_at, one) for one in tenants if one.connected_at is not None]
    return [max(dated, key=_moment)[1]] if dated else []


def _moment(dated: tuple[datetime, Tenant]) -> datetime:
    return dated[0]


def _accept(
    opener: Opener, provider: Provider, asker: Asker, granted: Granted, tenant: Tenant
) -> ConnectionRow:
    live = tenant.live if granted.live is None else granted.live
    tenant = replace(tenant, live=live)
    _check_live(opener, provider, tenant)
    access = Access(tenant.id, granted.access, grant=tenant.grant)
    role, business = _prove(opener, provider, asker, access, tenant)
    kept = Tokens(granted.access, granted.refresh, granted.expires_at, granted.hard_expires_at)
    return bind(opener, provider, asker, Proven(tenant, business, kept, "oauth", role))


def _check_live(opener: Opener, provider: Provider, tenant: Tenant) -> None:
    """Keep test data out of a live house, and live data out of a test."""
    client = opener.clients.get(provider.name)
    if client is None or client.live is None or client.live == tenant.live:
        return
    kinds = {True: "live", False: "test"}
    raise ConsentError(
        "live",
        f"This is a {kinds[tenant.live]} account; {kinds[client.live]} ones are served here.",
    )


def _prove(
    opener: Opener, provider: Provider, asker: Asker, access: Access, tenant: Tenant
) -> tuple[Role, Organisation]:
    """Read the business with the fresh key, in its role: what no forged address makes happen."""
    with reading(opener.sessions) as s:
        role = role_for(s, provider, asker, tenant)
    opening = Opening(
        access=access,
        gate=_NoLimit(),
        wire=opener.wire(provider.name),
        clock=opener.clock,
        role=role,
    )
    try:
        return role, provider.open(opening).organisation()
    except OutsideError as error:
        raise ConsentError(
            "proof", f"{tenant.title or 'The company'} cannot be read with this consent: {error}."
        ) from None


def _offer(
    opener: Opener,
    name: str,
    session: str,
    asker: Asker,
    granted: Granted,
    tenants: list[Tenant],
) -> Choice:
    """Keep the fresh tokens sealed in a one-time row of ten minutes until a person chose."""
    kept = {
        "access": granted.access,
        "refresh": granted.refresh,
        "expires_at": granted.expires_at.isoformat() if granted.expires_at else "",
        "live": granted.live,
        "tenants": [[one.id, one.title, one.grant, one.live] for one in tenants],
    }
    state = opener.secret()
    with opener.sessions.begin() as s:
        tokens.open_state(
            s,
            provider=CHOICE + name,
            state=state,
            session=session,
            organisation_id=asker.organisation_id,
            verifier=json.dumps(kept),
            now=opener.clock(),
        )
    return Choice(state, tuple(tenants))


def _read_choice(kept: str) -> tuple[Granted, list[Tenant]]:
    read = json.loads(kept)
    expires = datetime.fromisoformat(read["expires_at"]) if read["expires_at"] else None
    granted = Granted(read["access"], read["refresh"], expires, live=read["live"])
    tenants = [
        Tenant(id=key, title=title, grant=grant, live=live)
        for key, title, grant, live in read["tenants"]
    ]
    return granted, tenants
