"""Remittance advices that came apart from their payments: each once, by what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from ledger.remittances import Remittance
from store.documents import to_money, to_remittance_line
from store.session import changed, insert_into
from store.tables import advice as advices


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """An advice as it was handed in: the file's name, by whom and when."""

    advice: Remittance
    name: str
    who: str
    at: datetime


_OF = select(advices).where(advices.c.organisation_id == bindparam("organisation_id"))
_SINCE = _OF.where(advices.c.received >= bindparam("since")).order_by(
    advices.c.received, advices.c.id
)
_LATEST = _OF.order_by(advices.c.at.desc(), advices.c.id).limit(bindparam("limit"))


def keep(s: Session, organisation_id: int, handed: AdviceRow) -> bool:
    """Keep an advice; False, and nothing changes, when the same one was there already."""
    one = handed.advice
    made = insert_into(s, advices).values(
        organisation_id=organisation_id,
        id=one.id,
        received=one.received,
        sender=one.sender,
        payer_name=one.payer_name,
        total=one.total,
        paid_on=one.paid_on,
        lines=list(one.lines),
        problem=one.problem,
        name=handed.name,
        who=handed.who,
        at=handed.at,
    )
    return bool(changed(s, made.on_conflict_do_nothing()))


def since(s: Session, organisation_id: int, since: date) -> list[Remittance]:
    """Give the advices received from a day on, the oldest first."""
    rows = s.execute(_SINCE, {"organisation_id": organisation_id, "since": since})
    return [_advice(row) for row in rows]


def latest(s: Session, organisation_id: int, limit: int) -> list[AdviceRow]:
    """List the newest advices."""
    rows = s.execute(_LATEST, {"organisation_id": organisation_id, "limit": limit})
    return [AdviceRow(_advice(row), row.name, row.who, row.at) for row in rows]


def _advice(row: Row[Any]) -> Remittance:
    return Remittance(
        id=row.id,
        received=row.received,
        lines=tuple(to_remittance_line(one) for one in row.lines),
        total=to_money(row.total),
        paid_on=row.paid_on,
        sender=row.sender,
        payer_name=row.payer_name,
        problem=row.problem,
    )
