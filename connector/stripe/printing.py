"""Invoices as Stripe prints them."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from connector.protocol import Wire
from ledger.errors import RefusedError, RetryLaterError

PAY = "https://pay.stripe.com"
BYTES_MAX = 10_000_000
WAIT_SECONDS = 30.0
MAGIC = b"%PDF-"


def fetch(wire: Wire, address: str) -> bytes:
    """Fetch a printed invoice; of the address only path and query are believed.

    Raises RefusedError when there is none, and RetryLaterError when Stripe does not answer.
    """
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != PAY:
        msg = "Stripe prints an invoice once it is finalised; this one has no PDF"
        raise RefusedError(msg)
    where = wire.address("pay", PAY) + parts.path + (f"?{parts.query}" if parts.query else "")
    with requests.Session() as session:
        if wire.adapter is not None:
            session.mount("https://", wire.adapter)
            session.mount("http://", wire.adapter)
        try:
            answer = session.get(
                where, timeout=(wire.connect_seconds, wire.read_seconds), allow_redirects=False
            )
        except requests.RequestException as problem:
            msg = f"Stripe did not give the PDF: {problem}"
            raise RetryLaterError(WAIT_SECONDS, msg) from problem
    if answer.status_code >= requests.codes.internal_server_error:
        raise RetryLaterError(WAIT_SECONDS, f"Stripe answered {answer.status_code} for the PDF")
    printed = answer.content
    if not printed.startswith(MAGIC) or len(printed) > BYTES_MAX:
        msg = f"Stripe answered {answer.status_code} and gave no PDF of the invoice"
        raise RefusedError(msg)
    return printed
