"""What the pages are made with: handed in once by app.py, the demo or a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oauth.directory import consent_of

if TYPE_CHECKING:
    from flask import Blueprint

    from flows.tools import Tools
    from flows.upkeep import Letters
    from oauth.opener import Opener


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages need from outside.

    `doors` are the blueprints that vendors post to: they prove themselves by signature and not by
    our CSRF token. `demo_email` names the member a visitor of the demo becomes; it is empty
    outside the demo. `sign_up` lets somebody new in who signs in with a vendor;
    `letters` writes to those whose address the vendor does not vouch for.
    """

    tools: Tools
    opener: Opener
    secret_key: str = field(repr=False)
    public_url: str
    doors: tuple[Blueprint, ...] = ()
    demo_email: str = ""
    sign_up: bool = False
    letters: Letters | None = None

    @property
    def demo(self) -> bool:
        """Whether this is the demo, where a button signs in."""
        return bool(self.demo_email)

    @property
    def secure(self) -> bool:
        """Whether people reach us by https; only on one's own machine they need not."""
        return self.public_url.startswith("https://")

    @property
    def consent_origins(self) -> tuple[str, ...]:
        """The vendors' sign-in sites that a connect button leads to."""
        found = set()
        for name in self.opener.providers:
            parts = urlsplit(consent_of(self.opener, name).authorize_url)
            if parts.netloc:
                found.add(f"{parts.scheme}://{parts.netloc}")
        return tuple(sorted(found))
