"""Payouts as the places where money comes in told them last; those of a disconnected one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from ledger.payouts import Payout
from store.connections import DISCONNECTED
from store.documents import to_payout
from store.tables import connection as connections
from store.tables import payout as payouts
from store.tables.columns import fixed


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout, and the connection that told of it."""

    connection_id: int
    payout: Payout


_ALL = (
    select(payouts)
    .join(connections, connections.c.id == payouts.c.connection_id)
    .where(
        payouts.c.organisation_id == bindparam("organisation_id"),
        payouts.c.gone.is_(False),
        connections.c.state != fixed(DISCONNECTED),
    )
    .order_by(payouts.c.arrives, payouts.c.vendor_id)
)
_SINCE = _ALL.where(payouts.c.arrives >= bindparam("since"))
_ONE = _ALL.where(payouts.c.vendor_id == bindparam("payout_id"))


def since(s: Session, organisation_id: int, day: date) -> list[PayoutRow]:
    """List what arrives at the bank from a day on, the earliest first."""
    rows = s.execute(_SINCE, {"organisation_id": organisation_id, "since": day})
    return [PayoutRow(row.connection_id, to_payout(row)) for row in rows]


def has_any(s: Session, organisation_id: int) -> bool:
    """Say whether any payout is known at all."""
    which = {"organisation_id": organisation_id}
    return s.execute(_ALL.limit(1), which).first() is not None


def get(s: Session, organisation_id: int, payout_id: str) -> PayoutRow | None:
    """Give a payout by the vendor's id."""
    which = {"organisation_id": organisation_id, "payout_id": payout_id}
    row = s.execute(_ONE, which).first()
    return None if row is None else PayoutRow(row.connection_id, to_payout(row))
