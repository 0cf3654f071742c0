"""What a vendor's id points at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing an id points at."""

    ORGANISATION = "organisation"
    CUSTOMER = "customer"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    PAYOUT = "payout"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ref:
    """Points at one document of a connection by the vendor's own id (`part` where it needs one).

    `part` tells apart what one vendor keeps in several lists, such as Xero's Payments and
    Overpayments, which are both receipts here.
    """

    kind: Kind
    id: str
    part: str = ""
