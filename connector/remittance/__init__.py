"""Remittance advices: what payers send to say which documents a payment is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector import confined
from connector.confined import Limits
from connector.remittance import addenda
from connector.remittance.advice import Given, UnreadableError
from connector.remittance.forms import form_of
from connector.remittance.wire import unpack

if TYPE_CHECKING:
    from ledger.remittances import Remittance

__all__ = ["Given", "Limits", "UnreadableError", "addenda", "form_of", "read"]

_TOO_MUCH = "reading it took more memory or time than any list of payments needs, and was ended"
_BROKEN = "it brought its reader down: ask for it in another form"


def read(
    name: str, body: bytes, given: Given, limits: Limits | None = None
) -> tuple[Remittance, ...]:
    """Read EDI 820, CSV, XLSX, PDF, a mail or its bare text as advices, in a limited process.

    Raises UnreadableError, whose text says why to a person. What is read and may not be believed
    carries its `problem`. `name` is the file's, which only tells CSV and mails from other text.
    """
    limits = limits or Limits()
    if len(body) > limits.file_bytes:
        most = limits.file_bytes // (1024 * 1024)
        msg = f"the file is larger than {most} MB"
        raise UnreadableError(msg)
    asked = {
        "name": name,
        "received": given.received.isoformat(),
        "currency": given.currency,
        "sender": given.sender,
    }
    packed = confined.run("remittance", asked, body, limits)
    if packed is None:
        raise UnreadableError(_TOO_MUCH)
    try:
        advices, refused = unpack(packed)
    except (ValueError, TypeError, KeyError):
        raise UnreadableError(_BROKEN) from None
    if refused:
        raise UnreadableError(refused)
    return advices
