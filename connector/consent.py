"""How a vendor asks for consent, and how it says who a person is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Consent:
    """Where and how consent is asked for. Addresses come from the vendor facts or the `Wire`."""

    authorize_url: str
    token_url: str
    revoke_url: str | None
    scopes: tuple[str, ...]
    pkce: bool
    # Headers for the token endpoint, such as QuickBooks' request for the hard expiry.
    token_headers: Mapping[str, str] = field(default_factory=dict)
    # Where the consented tenant is named: an argument of the callback (QuickBooks' realmId), a
    # field of the token answer (Stripe's stripe_user_id), or a claim of the access token that
    # equals `Tenant.consent_event` (Xero's authentication_event_id).
    callback_tenant: str = ""
    token_tenant: str = ""
    event_claim: str = ""
    # The field of the token answer with the seconds until the consent itself ends.
    hard_expiry: str = ""
    # The field with the seconds until a consent ends that is not used. Renewing prolongs it, so
    # when little is left straight after a renewal, the consent itself is what ends.
    rolling_expiry: str = ""
    # One call lists every connection of a consent: it is made once a day.
    lists_connections: bool = False
    # After a refresh the previous refresh token still works for a while (Xero: 30 minutes).
    previous_works: bool = False
    # The token endpoint wants the secret key as Basic user, with no password (Stripe).
    key_as_user: bool = False
    # The revocation endpoint wants JSON instead of a form (QuickBooks).
    revoke_as_json: bool = False
    # The authorisation address of an app not yet published, for `{channel}` in it (Stripe).
    channel_url: str = ""
    # How a key starts that a person may paste instead of consenting; () means none may.
    key_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenId:
    """How a vendor says who a person is, as far as is known without its discovery document.

    `title` is the vendor's name in "Sign in with …".
    """

    title: str
    discovery_url: str
    issuer: str
    keys_url: str
    # The vendor's own domain: an address that the document names elsewhere is not believed.
    domain: str
    # Where the vendor says whether an e-mail address is verified; "" where it does not.
    userinfo_url: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    # Whether an id token always repeats the nonce; elsewhere one that lacks it is let pass.
    repeats_nonce: bool = True
