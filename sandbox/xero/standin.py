"""Xero as one object: the app, a bookkeeper's hands, and read-outs to judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.xero.api import Door
from sandbox.xero.hands import Hands
from sandbox.xero.identity import Identity
from sandbox.xero.limits import Limits
from sandbox.xero.readouts import ReadOuts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sandbox.post import Carrier
    from sandbox.shelf import Shelf

_LOOPBACK = ("localhost", "127.0.0.1")


class XeroStandIn(Hands, ReadOuts):
    """A loopback Xero with its own books.

    `app` is the WSGI app; a story drives the controls of `Hands` and judges by `ReadOuts`.
    Without `redirect_uris`, consent may end at any address that Xero would take.
    """

    def __init__(  # noqa: PLR0913 - what Xero and the app must agree on
        self,
        shelf: Shelf,
        clock: Callable[[], datetime],
        *,
        client_id: str,
        client_secret: str,
        webhook_key: str,
        public_url: str = "http://127.0.0.1",
        redirect_uris: Sequence[str] = (),
        limits: Limits | None = None,
    ) -> None:
        super().__init__(shelf, clock, webhook_key, public_url)
        self.identity = Identity(self.books, client_id, client_secret)
        self.limits = limits or Limits()
        self.redirect_uris = tuple(redirect_uris)
        self.app = Door(self).app()

    def redirects_to(self, uri: str) -> bool:
        """Say whether consent may end at this address."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        parts = urlsplit(uri)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)

    def deliver(self, carry: Carrier) -> int:
        """Send the webhooks that are due; gives how many were accepted."""
        return self.hooks.deliver(carry)

    def send_intent_to_receive(self, carry: Carrier) -> bool:
        """Let Xero test the webhook's door; True when it answered as it must."""
        return self.hooks.send_intent_to_receive(carry)
