"""Xero as a system of record, before anybody connected."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from connector.consent import Consent, OpenId
from connector.pace import Limits
from connector.protocol import Ability, BadSignatureError, Role, Tenant
from connector.xero import webhook
from connector.xero.books import XeroBooks
from connector.xero.calls import Calls
from connector.xero.fields import moment, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from connector.protocol import Access, Books, Notice, Opening, Wire

LOGIN = "https://login.xero.com"
IDENTITY = "https://identity.xero.com"
# As little as the work needs: settings are read, contacts carry notes, and money is applied as
# payments, allocations, overpayments, fees and transfers.
SCOPES = (
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.settings.read",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
)


class _Unmetered:
    """A gate for calls that belong to no organisation."""

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Let the call pass."""

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Take no note."""


class XeroProvider:
    """Xero."""

    name = "xero"
    title = "Xero"
    # Sixty a minute and five at once for each organisation; every window stays below.
    limits = Limits(per_minute=48, burst=10, per_day=5000)
    abilities = frozenset(
        {
            Ability.READ,
            Ability.APPLY,
            Ability.UNAPPLY,
            Ability.NOTE,
            Ability.CREDIT,
            Ability.PAYOUT,
            Ability.ADJUST,
            Ability.KEEP,
            Ability.RECEIPTS,
            Ability.PROMISE,
            Ability.DELIVER,
            Ability.COPY,
            Ability.ONLINE,
        }
    )
    roles: Mapping[Role, frozenset[Ability]] = MappingProxyType({Role.BOOKS: abilities})
    bad_signature_status = 401

    def consent(self, wire: Wire) -> Consent:
        """Say where consent is asked for; the organisation is found by the consent's event."""
        identity = wire.address("identity", IDENTITY)
        return Consent(
            authorize_url=wire.address("login", LOGIN) + "/identity/connect/authorize",
            token_url=f"{identity}/connect/token",
            revoke_url=f"{identity}/connect/revocation",
            scopes=SCOPES,
            pkce=True,
            event_claim="authentication_event_id",
            previous_works=True,
            lists_connections=True,
        )

    def openid(self, wire: Wire) -> OpenId:
        """Say how people sign in with Xero."""
        identity = wire.address("identity", IDENTITY)
        discovery = f"{identity}/.well-known/openid-configuration"
        return OpenId(
            title="Xero",
            discovery_url=discovery,
            issuer=IDENTITY,
            keys_url=f"{discovery}/jwks",
            domain="xero.com",
        )

    def installed(self, came_back: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
        """Refuse: Xero always gives tokens."""
        del came_back, secrets, now
        msg = "there are no installs without tokens"
        raise BadSignatureError(msg)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check a webhook's signature; Xero signs no time, so `now` does not matter."""
        del now
        webhook.verify(headers, body, secrets)

    def notices(self, body: bytes) -> list[Notice]:
        """Read a verified webhook."""
        return webhook.notices(body)

    def tenants(self, access: Access, wire: Wire) -> list[Tenant]:
        """List every organisation the user ever connected; the consent's own by its event."""
        return [
            Tenant(
                id=text(one, "tenantId"),
                title=text(one, "tenantName"),
                grant=text(one, "id"),
                consent_event=text(one, "authEventId"),
                connected_at=moment(one.get("updatedDateUtc")),
            )
            for one in Calls(access, _Unmetered(), wire).connections()
            if text(one, "tenantType") == "ORGANISATION" and text(one, "tenantId")
        ]

    def open(self, opening: Opening) -> Books:
        """Open one organisation's books; no call is made yet."""
        return XeroBooks(opening)

    def disconnect(self, access: Access, wire: Wire, *, last: bool) -> None:
        """End this organisation's connection; the user's others live on.

        Revoking the token (`Consent.revoke_url`) would end all of them, so that is for the last.
        """
        del last
        calls = Calls(access, _Unmetered(), wire)
        grants = [access.grant] if access.grant else []
        if not grants:
            mine = (one for one in calls.connections() if text(one, "tenantId") == access.tenant_id)
            grants = [text(one, "id") for one in mine]
        for grant in grants:
            calls.end_connection(grant)


PROVIDER = XeroProvider()
