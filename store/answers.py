"""What payers answered when they were asked what a payment is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from ledger.documents import Source
from ledger.remittances import RemittanceLine
from store.documents import to_remittance_line
from store.session import chunks, insert_into
from store.tables import payer_answer as answers


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The last answer about one receipt: the documents it names, and a remark for a person."""

    source: Source
    receipt_id: str
    customer_id: str
    lines: tuple[RemittanceLine, ...]
    remark: str
    at: datetime


_OF_RECEIPTS = select(answers).where(
    answers.c.organisation_id == bindparam("organisation_id"),
    answers.c.receipt_id.in_(bindparam("ids", expanding=True)),
)


def keep(s: Session, organisation_id: int, answer: AnswerRow) -> None:
    """Keep an answer in the place of an earlier one about the same receipt."""
    told = {
        "customer_id": answer.customer_id,
        "lines": list(answer.lines),
        "remark": answer.remark,
        "at": answer.at,
    }
    made = insert_into(s, answers).values(
        organisation_id=organisation_id,
        source=answer.source.value,
        receipt_id=answer.receipt_id,
        **told,
    )
    keys = ["organisation_id", "source", "receipt_id"]
    s.execute(made.on_conflict_do_update(index_elements=keys, set_=told))


def of_receipts(
    s: Session, organisation_id: int, ids: Sequence[str]
) -> dict[tuple[Source, str], AnswerRow]:
    """Give what was answered about receipts with these ids, by source and id."""
    found: dict[tuple[Source, str], AnswerRow] = {}
    for part in chunks(ids):
        for row in s.execute(_OF_RECEIPTS, {"organisation_id": organisation_id, "ids": part}):
            source = Source(row.source)
            found[source, row.receipt_id] = AnswerRow(
                source=source,
                receipt_id=row.receipt_id,
                customer_id=row.customer_id,
                lines=tuple(to_remittance_line(one) for one in row.lines),
                remark=row.remark,
                at=row.at,
            )
    return found
