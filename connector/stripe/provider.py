"""Stripe, before anybody connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from connector.consent import Consent
from connector.pace import Limits
from connector.protocol import (
    Ability,
    Access,
    Notice,
    Opening,
    Role,
    Tenant,
    Wire,
)
from connector.stripe import translate, webhook
from connector.stripe.books import StripeBooks
from connector.stripe.calls import API, Calls
from connector.stripe.ledger import StripeLedger

MARKETPLACE = "https://marketplace.stripe.com"


class StripeProvider:
    """Stripe, before anybody connected."""

    name = "stripe"
    title = "Stripe"
    # Stripe allows a live account 100 calls a second and a test one 25, shared with the
    # merchant's own checkout; this keeps well below the smaller.
    limits = Limits(per_minute=300, burst=20, read_at_once=100)
    abilities = frozenset({Ability.RECEIPTS, Ability.NOTE, Ability.CHECKOUT})
    roles: Mapping[Role, frozenset[Ability]] = MappingProxyType(
        {
            Role.PAYMENTS: abilities,
            # What paid an invoice at Stripe cannot be taken off it again: no UNAPPLY.
            Role.BOOKS: frozenset(
                {
                    *(Ability.READ, Ability.APPLY, Ability.NOTE, Ability.RECEIPTS),
                    *(Ability.PROMISE, Ability.DELIVER, Ability.COPY, Ability.ONLINE),
                }
            ),
        }
    )
    bad_signature_status = 400

    def consent(self, wire: Wire) -> Consent:
        """Say where a Stripe App asks for consent; a merchant may paste a key instead."""
        login = wire.address("login", MARKETPLACE)
        return Consent(
            authorize_url=f"{login}/oauth/v2/authorize",
            channel_url=f"{login}/oauth/v2/{{channel}}/authorize",
            token_url=wire.address("api", API) + "/v1/oauth/token",
            revoke_url=None,
            scopes=(),
            pkce=False,
            token_tenant="stripe_user_id",  # noqa: S106 - the name of a field
            key_as_user=True,
            key_prefixes=("rk_live_", "rk_test_"),
        )

    def openid(self, wire: Wire) -> None:
        """Say that nobody signs in with Stripe."""
        del wire

    def installed(self, came_back: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
        """Name the account that installed us with the platform's key."""
        return webhook.installed(came_back, secrets, now)

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check a webhook's signature; raises BadSignatureError."""
        webhook.verify(headers.get(webhook.HEADER, ""), body, secrets, now)

    def notices(self, body: bytes) -> list[Notice]:
        """Read a verified webhook; raises ValueError when it is no event of Stripe's."""
        return webhook.notices(body)

    def tenants(self, access: Access, wire: Wire) -> list[Tenant]:
        """Name the one account that a token or restricted key opens."""
        account = Calls(access, wire).get("/v1/account")
        # The account itself does not say; keys of test data do.
        live = "_test_" not in access.token
        title = translate.organisation(account).name
        return [Tenant(id=str(account["id"]), title=title, live=live)]

    def open(self, opening: Opening) -> StripeBooks | StripeLedger:
        """Open one account's payments, or its books; no call is made yet."""
        return StripeLedger(opening) if opening.role is Role.BOOKS else StripeBooks(opening)

    def disconnect(self, access: Access, wire: Wire, *, last: bool) -> None:
        """Do nothing: an app of this kind is uninstalled by the merchant in the Dashboard."""


PROVIDER = StripeProvider()
