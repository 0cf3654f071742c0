"""What Dunnock wrote into a ledger itself: it is known by its id, whatever becomes of its words.

Some of it bears no mark that the ledger tells again, such as the payments of one deposit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import claims

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlalchemy.orm import Session

    from store.actions import ActionRow


def claims_of(outcome: Mapping[str, Any]) -> list[str]:
    """Name what an application, or keeping money, left in the ledger."""
    ids = {outcome.get("holder_id", ""), *(part["id"] for part in outcome.get("parts", ()))}
    held = outcome.get("held")
    ids |= {held[0]} if held else set()
    return sorted(map(_claim, ids - {""}))


def note(s: Session, row: ActionRow, outcome: Mapping[str, Any]) -> None:
    """Remember what an action wrote of money from elsewhere, until it is undone."""
    claims.add(s, row.organisation_id, row.id, claims_of(outcome))


def among(s: Session, organisation_id: int, ids: Iterable[str]) -> set[str]:
    """Give those of the ledger's payments that are our own."""
    wanted = {_claim(one): one for one in ids}
    return {wanted[one] for one in claims.holders(s, organisation_id, sorted(wanted))}


def _claim(document_id: str) -> str:
    return f"written:{document_id}"
