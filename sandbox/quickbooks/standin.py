"""The QuickBooks stand-in: companies' books behind QuickBooks' addresses, on an injected clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from sandbox.quickbooks import hooks
from sandbox.quickbooks.api import Api
from sandbox.quickbooks.consent import Consent
from sandbox.quickbooks.hands import Bookkeeper
from sandbox.quickbooks.meter import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.post import Carrier
    from sandbox.shelf import Shelf


class QuickBooksStandIn(Bookkeeper):
    """A WSGI app (`app`) with its own books, a webhook sender and a bookkeeper's hands.

    Documents are kept in QuickBooks' own shape; every answer is made from them alone. The injected
    clock must move for the limits of 10 calls a second and 500 a minute to free up again.
    """

    def __init__(  # noqa: PLR0913 - what an app registration consists of
        self,
        shelf: Shelf,
        clock: Callable[[], datetime],
        *,
        client_id: str,
        client_secret: str,
        webhook_key: str,
        public_url: str = "http://127.0.0.1",
        per_second: int = 10,
        per_minute: int = 500,
    ) -> None:
        """Open the stand-in for one registered app."""
        self.shelf = shelf
        self.clock = clock
        self.consent = Consent(shelf, clock, (client_id, client_secret), public_url)
        self.throttle = Throttle(per_second, per_minute)
        self._webhook_key = webhook_key
        self.app = Flask("quickbooks_stand_in")
        self.app.register_blueprint(self.consent.blueprint())
        api = Api(shelf, clock, self.consent, self.throttle)
        self.app.register_blueprint(api.blueprint())
        self.app.after_request(self._log)

    def deliver(self, carry: Carrier, *, format: str = "cloudevents") -> int:  # noqa: A002 - the word
        """Send what is due, as `cloudevents` or `legacy`; gives how many posts were taken."""
        hooks.gather(self.shelf, self._webhook_key, self.clock(), format)
        return hooks.send(self.shelf, self.clock(), carry)

    def next_post(self) -> datetime | None:
        """Say when the next webhook is due: now, when something happened since the last delivery.

        Events wait outside the shelf's post until `deliver` bundles them, several to a body.
        """
        return self.clock() if self.shelf.all("event") else self.shelf.next_post()

    def _log(self, response: Response) -> Response:
        arguments = request.view_args or {}
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        self.shelf.log(
            self.clock(),
            request.method,
            request.path,
            query=request.query_string.decode(),
            tenant=str(arguments.get("realm", "")),
            token=credential if scheme == "Bearer" else "",
            key=request.args.get("requestid", ""),
            status=response.status_code,
            body=request.get_data(),
        )
        return response
