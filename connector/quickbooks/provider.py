"""QuickBooks Online as a system of record, before anybody connected."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from connector.consent import Consent, OpenId
from connector.pace import Limits
from connector.protocol import Ability, BadSignatureError, Role, Tenant
from connector.quickbooks import webhook
from connector.quickbooks.books import QuickBooksBooks
from connector.quickbooks.calls import Calls
from connector.quickbooks.text import read
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from connector.protocol import Access, Books, Notice, Opening, Wire

LOGIN = "https://appcenter.intuit.com"
IDENTITY = "https://oauth.platform.intuit.com"
REVOKE = "https://developer.api.intuit.com"
DISCOVERY = "https://developer.intuit.com"
ACCOUNTS = "https://accounts.platform.intuit.com"
SANDBOX_ACCOUNTS = "https://sandbox-accounts.platform.intuit.com"


class _Unmetered:
    """A gate for the one call made before a connection exists."""

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Let the call pass."""

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Take no note."""


class QuickBooksProvider:
    """QuickBooks Online."""

    name = "quickbooks"
    title = "QuickBooks Online"
    # Ten calls a second and 500 a minute for each company: five a second with five at once never
    # reaches either.
    limits = Limits(per_minute=300, burst=5, metered_per_month=500_000)
    abilities = frozenset(Ability) - {Ability.PROMISE, Ability.CHECKOUT}
    roles: Mapping[Role, frozenset[Ability]] = MappingProxyType({Role.BOOKS: abilities})
    bad_signature_status = 403

    def consent(self, wire: Wire) -> Consent:
        """Say where consent is asked for; the company comes back as `realmId`."""
        return Consent(
            authorize_url=wire.address("login", LOGIN) + "/connect/oauth2",
            token_url=wire.address("identity", IDENTITY) + "/oauth2/v1/tokens/bearer",
            revoke_url=wire.address("revoke", REVOKE) + "/v2/oauth2/tokens/revoke",
            scopes=("com.intuit.quickbooks.accounting",),
            pkce=False,
            token_headers={"x-include-refresh-token-hard-expires-in": "true"},
            callback_tenant="realmId",
            revoke_as_json=True,
            hard_expiry="x_refresh_token_hard_expires_in",
            rolling_expiry="x_refresh_token_expires_in",
        )

    def openid(self, wire: Wire) -> OpenId:
        """Say how people sign in with Intuit; whether an address is verified, userinfo says."""
        # Whoever stands in for the identity server stands in for these two as well.
        discovery = wire.address("discovery", wire.address("identity", DISCOVERY))
        home = SANDBOX_ACCOUNTS if wire.sandbox else ACCOUNTS
        accounts = wire.address("accounts", wire.address("identity", home))
        document = "openid_sandbox_configuration" if wire.sandbox else "openid_configuration"
        return OpenId(
            title="Intuit",
            discovery_url=f"{discovery}/.well-known/{document}/",
            issuer=f"{IDENTITY}/op/v1",
            keys_url=wire.address("identity", IDENTITY) + "/op/v1/jwks",
            domain="intuit.com",
            userinfo_url=f"{accounts}/v1/openid_connect/userinfo",
            repeats_nonce=False,
        )

    def installed(self, came_back: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
        """Refuse: QuickBooks always gives tokens."""
        del came_back, secrets, now
        msg = "there are no installs without tokens"
        raise BadSignatureError(msg)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check a webhook's signature; QuickBooks signs no time, so `now` does not matter."""
        del now
        webhook.verify(headers, body, secrets)

    def notices(self, body: bytes) -> list[Notice]:
        """Read a verified webhook of either form."""
        return webhook.notices(body)

    def tenants(self, access: Access, wire: Wire) -> list[Tenant]:
        """Name the one company of a consent. The callback's realmId is unsigned: this proves it."""
        if not (access.tenant_id.isascii() and access.tenant_id.isdigit()):
            msg = "the company that was named is no number, and QuickBooks knows none other"
            raise RefusedError(msg)
        calls = Calls(access, _Unmetered(), wire)
        try:
            title = read(calls.company().get("CompanyName"))
        finally:
            calls.close()
        return [Tenant(id=access.tenant_id, title=title or "QuickBooks company")]

    def open(self, opening: Opening) -> Books:
        """Open one company's books; no call is made yet."""
        return QuickBooksBooks(opening)

    def disconnect(self, access: Access, wire: Wire, *, last: bool) -> None:
        """Do nothing more: revoking the refresh token (`Consent.revoke_url`) ends it all."""


PROVIDER = QuickBooksProvider()
