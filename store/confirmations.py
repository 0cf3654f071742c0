"""What people said of answers, counted per class of evidence; one organisation's own."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from rules.matching.policy import Counted
from store.session import insert_into
from store.tables import evidence_count as counts

_ALL = select(counts).where(counts.c.organisation_id == bindparam("organisation_id"))


def count(s: Session, organisation_id: int, evidence: str, said: Counted) -> None:
    """Add to what is known of a class of evidence; less than nothing takes back what was added."""
    made = insert_into(s, counts).values(
        organisation_id=organisation_id, evidence=evidence, correct=said.correct, wrong=said.wrong
    )
    s.execute(
        made.on_conflict_do_update(
            index_elements=["organisation_id", "evidence"],
            set_={"correct": counts.c.correct + said.correct, "wrong": counts.c.wrong + said.wrong},
        )
    )


def of_evidence(s: Session, organisation_id: int) -> dict[str, Counted]:
    """Give what was counted, by class of evidence."""
    rows = s.execute(_ALL, {"organisation_id": organisation_id})
    return {row.evidence: Counted(row.correct, row.wrong) for row in rows}
