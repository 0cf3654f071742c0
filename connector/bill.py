"""What a customer is asked to pay on a page of a vendor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid online: all that is open on an invoice of a ledger's `tenant_id`.

    The page to pay at ends at `until`; who has paid is led to `thanks_url`.
    """

    invoice_id: str
    number: str
    tenant_id: str
    amount: Money
    until: datetime
    thanks_url: str
