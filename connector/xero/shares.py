"""Telling which of the things Xero shows are the shares of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Applied, AppliedPart, Share
from connector.xero.fields import money, part, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connector.xero.calls import Doc

# Invoice, minor units, id of what pays it.
Line = tuple[str, int, str]


def split(made: Iterable[Line], shares: Sequence[Share]) -> tuple[list[str | None], list[Share]]:
    """Give the id of what was made for each share, each used once, and the shares without one."""
    left = list(made)
    ids: list[str | None] = []
    for share in shares:
        wanted = (share.invoice_id.lower(), share.amount.minor)
        one = next((one for one in left if (one[0].lower(), one[1]) == wanted), None)
        if one is not None:
            left.remove(one)
        ids.append(one[2] if one else None)
    return ids, [share for share, one in zip(shares, ids, strict=True) if one is None]


def pick(made: Iterable[Line], shares: Sequence[Share]) -> list[str] | None:
    """Give the id of what was made for each share; None unless all are there."""
    ids, missing = split(made, shares)
    return None if missing else [one for one in ids if one is not None]


def parts(
    ids: Sequence[str | None], shares: Sequence[Share], part_: str
) -> tuple[AppliedPart, ...]:
    """Name what pays each share, as far as there is something."""
    return tuple(
        AppliedPart(one, share.invoice_id, share.amount, part_)
        for one, share in zip(ids, shares, strict=True)
        if one is not None
    )


def applied(ids: Sequence[str], shares: Sequence[Share], part_: str, holder_id: str) -> Applied:
    """Give a whole application: one id for each share."""
    return Applied(parts(ids, shares, part_), holder_id)


def payment_lines(found: Iterable[Doc], code: str) -> list[Line]:
    """Read payments, single or inside a batch, as what pays which invoice; `code` is a currency."""
    lines = []
    for one in found:
        amount = money(one, "Amount", code)
        if amount is not None and text(one, "PaymentID"):
            invoice_id = text(part(one, "Invoice"), "InvoiceID")
            lines.append((invoice_id, amount.minor, text(one, "PaymentID")))
    return lines
