"""Our app, as one vendor knows it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Client:
    """Our app as one vendor knows it. `secret` is the client secret, or Stripe's developer key.

    `redirect_uri` must equal the one registered, to the letter. `live` says which kind of tenant
    may connect where the vendor tells live from test; None takes both.
    """

    id: str
    secret: str = field(repr=False)
    redirect_uri: str
    live: bool | None = None
    # Where somebody comes back to who only signs in; "" offers no sign-in with this vendor.
    sign_in_uri: str = ""
    # Which of the vendor's worlds the app and its key belong to (Stripe: live, test or sandbox).
    environment: str = ""
    # The channel in the address of an app that is tested by others before it is published (Stripe).
    channel: str = ""
    # Where the app is installed that our one key opens, and what signs the way back from there;
    # "" asks for consent and tokens instead (Stripe).
    install_url: str = ""
    install_secrets: tuple[str, ...] = field(default=(), repr=False)
