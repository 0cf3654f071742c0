"""What is looked at before money is written into Xero, so that a refusal says what to do.

Nothing is asked for it: it rests on what the organisation was last like. Only before something is
refused is Xero asked once more, because somebody may have mended it since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Ability
from connector.xero import company
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from datetime import date

    from connector.xero.calls import Calls
    from ledger.documents import Organisation

# What whoever connected must be allowed to do, as Xero's own pages call it.
_DEEDS = {
    Ability.APPLY: "enter payments of invoices",
    Ability.CREDIT: "allocate credit to invoices",
}


class Preflight:
    """The look at one organisation before money is written."""

    def __init__(self, calls: Calls, known: Organisation | None) -> None:
        """Make no call yet; with nothing known, Xero alone decides."""
        self._calls = calls
        self._known = known

    def check(self, ability: Ability, currency: str, day: date) -> None:
        """Raise RefusedError, saying what to do, for what Xero would refuse now."""
        if self._known is None or not _against(self._known, ability, currency, day):
            return
        self._known = company.read(self._calls)
        reason = _against(self._known, ability, currency, day)
        if reason:
            raise RefusedError(reason)


def _against(known: Organisation, ability: Ability, currency: str, day: date) -> str:
    if ability.value in known.denied:
        return (
            f"whoever connected Xero is not allowed to {_DEEDS[ability]} there; connect again as"
            " somebody who is, or have the role changed in Xero"
        )
    if known.currencies and currency not in known.currencies:
        return f"{known.name} does not use {currency} in Xero; add the currency there, then retry"
    if known.locked_until is not None and day <= known.locked_until:
        return (
            f"{day} lies in a period that is locked in Xero until {known.locked_until}; move the"
            " lock date there, then retry"
        )
    return ""
