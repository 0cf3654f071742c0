"""Signed links at which a payer says what a payment is for; each ends one day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from flows.pay_links import DeadLinkError
from ledger.documents import Source

# Longer than anybody takes to answer a mail; by then the money is placed otherwise.
LIFE = timedelta(days=30)
SALT = "ask link"
PATH = "/remit/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link is about: a receipt of an organisation (by its public id), and who was asked."""

    organisation: str
    source: Source
    receipt_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class AskLinks:
    """Makes and reads links of one house."""

    secret: str = field(repr=False)
    public_url: str

    def make(self, asked: Asked, now: datetime) -> str:
        """Make the address at which a question is answered."""
        told = [asked.organisation, asked.source.value, asked.receipt_id, asked.customer_id]
        token = self._serializer().dumps([*told, int((now + LIFE).timestamp())])
        return f"{self.public_url.rstrip('/')}{PATH}{token}"

    def read(self, token: str, now: datetime) -> Asked:
        """Say what a link is about; raises DeadLinkError."""
        try:
            organisation, source, receipt_id, customer_id, until = self._serializer().loads(token)
            asked = Asked(str(organisation), Source(source), str(receipt_id), str(customer_id))
        except (BadSignature, ValueError, TypeError):
            msg = "this is no link that was made here"
            raise DeadLinkError(msg) from None
        if now.timestamp() >= until:
            msg = "the link is too old"
            raise DeadLinkError(msg)
        return asked

    def _serializer(self) -> URLSafeSerializer:
        signer = {"digest_method": hashlib.sha256}
        return URLSafeSerializer(self.secret, salt=SALT, signer_kwargs=signer)
