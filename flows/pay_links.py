"""Signed links to pay at: they name an invoice, prove that we made them, and end one day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

# Longer than any ladder of reminders waits between two messages.
LIFE = timedelta(days=60)
SALT = "pay link"
PATH = "/pay/"
THANKS = "/pay/thanks"


class DeadLinkError(Exception):
    """The link is too old, or none that was made here."""


@dataclass(frozen=True, slots=True)
class PayLinks:
    """Makes and reads links of one house."""

    secret: str = field(repr=False)
    public_url: str

    def make(self, organisation: str, invoice_id: str, now: datetime) -> str:
        """Make the address at which an invoice is paid; `organisation` is its public id."""
        until = int((now + LIFE).timestamp())
        token = self._serializer().dumps([organisation, invoice_id, until])
        return f"{self.public_url.rstrip('/')}{PATH}{token}"

    def read(self, token: str, now: datetime) -> tuple[str, str]:
        """Give an organisation's public id and an invoice's; raises DeadLinkError."""
        try:
            organisation, invoice_id, until = self._serializer().loads(token)
        except (BadSignature, ValueError, TypeError):
            msg = "this is no link that was made here"
            raise DeadLinkError(msg) from None
        if now.timestamp() >= until:
            msg = "the link is too old"
            raise DeadLinkError(msg)
        return str(organisation), str(invoice_id)

    @property
    def thanks(self) -> str:
        """Where somebody lands who has paid."""
        return f"{self.public_url.rstrip('/')}{THANKS}"

    def _serializer(self) -> URLSafeSerializer:
        signer = {"digest_method": hashlib.sha256}
        return URLSafeSerializer(self.secret, salt=SALT, signer_kwargs=signer)
