"""What people taught about payers: confirmed names, and matches taken apart."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from rules.facts import Payer
from store.session import insert_into
from store.tables import payer as payers
from store.tables import undone_pair

_KNOWN = (
    select(payers)
    .where(payers.c.organisation_id == bindparam("organisation_id"), payers.c.confirmations > 0)
    .order_by(payers.c.form, payers.c.customer_id)
)
_UNDONE = select(undone_pair.c.receipt_id, undone_pair.c.invoice_id).where(
    undone_pair.c.organisation_id == bindparam("organisation_id")
)


def confirm(s: Session, organisation_id: int, form: str, customer_id: str) -> None:
    """Count one more confirmed match of this form of name or account with this customer."""
    made = insert_into(s, payers).values(
        organisation_id=organisation_id, form=form, customer_id=customer_id, confirmations=1
    )
    s.execute(
        made.on_conflict_do_update(
            index_elements=["organisation_id", "form", "customer_id"],
            set_={"confirmations": payers.c.confirmations + 1},
        )
    )


def unconfirm(s: Session, organisation_id: int, form: str, customer_id: str) -> None:
    """Take one confirmation back, after an undo."""
    s.execute(
        update(payers)
        .where(
            payers.c.organisation_id == organisation_id,
            payers.c.form == form,
            payers.c.customer_id == customer_id,
            payers.c.confirmations > 0,
        )
        .values(confirmations=payers.c.confirmations - 1)
    )


def follow(s: Session, organisation_id: int, customer_id: str, into: str) -> None:
    """Let what was confirmed for this customer speak for the one that it was merged into."""
    mine = (payers.c.organisation_id == organisation_id) & (payers.c.customer_id == customer_id)
    if customer_id == into:
        return
    for row in s.execute(select(payers).where(mine)).all():
        made = insert_into(s, payers).values(
            organisation_id=organisation_id,
            form=row.form,
            customer_id=into,
            confirmations=row.confirmations,
        )
        s.execute(
            made.on_conflict_do_update(
                index_elements=["organisation_id", "form", "customer_id"],
                set_={"confirmations": payers.c.confirmations + row.confirmations},
            )
        )
    s.execute(delete(payers).where(mine))


def known(s: Session, organisation_id: int) -> tuple[Payer, ...]:
    """Give every confirmed payer."""
    rows = s.execute(_KNOWN, {"organisation_id": organisation_id})
    return tuple(Payer(row.form, row.customer_id, row.confirmations) for row in rows)


def remember_undone(s: Session, organisation_id: int, receipt_id: str, invoice_id: str) -> None:
    """Remember a pair that a person took apart: no rule puts it together again."""
    made = insert_into(s, undone_pair).values(
        organisation_id=organisation_id, receipt_id=receipt_id, invoice_id=invoice_id
    )
    s.execute(made.on_conflict_do_nothing())


def undone(s: Session, organisation_id: int) -> frozenset[tuple[str, str]]:
    """Give the (receipt id, invoice id) pairs that people took apart."""
    rows = s.execute(_UNDONE, {"organisation_id": organisation_id})
    return frozenset((row.receipt_id, row.invoice_id) for row in rows)
