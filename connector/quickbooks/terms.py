"""Terms of sale: the discount that an invoice gives whoever pays early."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.quickbooks.payers import INACTIVE_TOO
from connector.quickbooks.text import read
from ledger.documents import EarlyDiscount
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from connector.memory import Memory
    from connector.quickbooks.calls import Calls, Doc
    from ledger.days import Clock

# Terms hardly ever change: they are asked for twice a day, or when an invoice names a new one.
TERMS_KEPT = timedelta(hours=12)
# The most days that QuickBooks lets a term give.
DAYS_MAX = 999
WHOLE = 100

_log = logging.getLogger(__name__)


class Terms:
    """A company's terms, asked for all at once and only where an invoice was sold on one."""

    def __init__(self, calls: Calls, clock: Clock, memory: Memory) -> None:
        """Make no call yet."""
        self._calls = calls
        self._clock = clock
        self._memory = memory

    def of(self, invoices: Iterable[Doc]) -> Mapping[str, Doc]:
        """Give the terms that invoices may name, by id."""
        named = {key for one in invoices if (key := term_id(one))}
        if not named:
            return {}
        now = self._clock()
        known: dict[str, Doc] = self._memory.get("terms", now) or {}
        if not named <= known.keys():
            # One that is not among them is remembered as such, or it would be asked for each time.
            known = {**known, **{key: {} for key in named}, **self._read()}
            self._memory.keep("terms", known, now + TERMS_KEPT)
        return known

    def _read(self) -> dict[str, Doc]:
        try:
            docs = self._calls.every("Term", INACTIVE_TOO)
        except RefusedError as error:
            # Without terms an invoice is only one without a discount.
            _log.warning("quickbooks tells no terms: %s", error)
            return {}
        return {read(one.get("Id")): one for one in docs}


def term_id(invoice: Mapping[str, Any]) -> str:
    """Give the id of the term that an invoice was sold on; "" for none."""
    ref = invoice.get("SalesTermRef")
    return read(ref.get("value")) if isinstance(ref, dict) else ""


def early_discount(term: Mapping[str, Any], issued: date) -> EarlyDiscount | None:
    """Say what a term gives off the total of an invoice, and until when.

    Only a term that counts days from the sale does: of one that goes by days of the month
    QuickBooks does not say which month the discount ends in. A percentage finer than hundredths is
    none.
    """
    percent, days = term.get("DiscountPercent"), term.get("DiscountDays")
    counts = term.get("DueDays") is not None
    if not counts or isinstance(days, bool) or not isinstance(days, int):
        return None
    if isinstance(percent, bool) or not isinstance(percent, int | Decimal):
        return None
    if not (0 < percent < WHOLE and 0 <= days <= DAYS_MAX) or percent * WHOLE % 1:
        return None
    try:
        return EarlyDiscount(int(percent * WHOLE), issued + timedelta(days=days))
    except OverflowError:
        return None
