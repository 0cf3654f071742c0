"""What people taught about payers: confirmed names, who is shared, and matches taken apart."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, update
from sqlalchemy.orm import Session

from rules.facts import Payer
from store.session import changed, insert_into
from store.tables import payer as payers
from store.tables import payer_shared, undone_pair

_KNOWN = (
    select(payers)
    .where(payers.c.organisation_id == bindparam("organisation_id"), payers.c.confirmations > 0)
    .order_by(payers.c.form, payers.c.customer_id)
)
_UNDONE = select(undone_pair.c.receipt_id, undone_pair.c.invoice_id).where(
    undone_pair.c.organisation_id == bindparam("organisation_id")
)

_SHARED = select(payer_shared.c.form).where(
    payer_shared.c.organisation_id == bindparam("organisation_id")
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
    _hand_over(s, organisation_id, mine, into)


def _hand_over(s: Session, organisation_id: int, which: ColumnElement[bool], into: str) -> None:
    for row in s.execute(select(payers).where(which)).all():
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
    s.execute(delete(payers).where(which))


def _these(organisation_id: int, forms: Collection[str], customer_id: str) -> ColumnElement[bool]:
    return and_(
        payers.c.organisation_id == organisation_id,
        payers.c.customer_id == customer_id,
        payers.c.form.in_(forms),
    )


def forget(s: Session, organisation_id: int, forms: Collection[str], customer_id: str) -> None:
    """Forget that these forms are this customer's."""
    s.execute(delete(payers).where(_these(organisation_id, forms, customer_id)))


def move(
    s: Session, organisation_id: int, forms: Collection[str], customer_id: str, into: str
) -> None:
    """Let what was confirmed of these forms speak for another customer, and not for this one."""
    if customer_id != into:
        _hand_over(s, organisation_id, _these(organisation_id, forms, customer_id), into)


def share(s: Session, organisation_id: int, forms: Collection[str]) -> None:
    """Remember that who bears one of these forms pays for others."""
    for form in forms:
        made = insert_into(s, payer_shared).values(organisation_id=organisation_id, form=form)
        s.execute(made.on_conflict_do_nothing())


def unshare(s: Session, organisation_id: int, forms: Collection[str]) -> None:
    """Let these forms identify a customer again."""
    s.execute(
        delete(payer_shared).where(
            payer_shared.c.organisation_id == organisation_id, payer_shared.c.form.in_(forms)
        )
    )


def shared(s: Session, organisation_id: int) -> frozenset[str]:
    """Give the forms of payers who pay for others."""
    return frozenset(s.scalars(_SHARED, {"organisation_id": organisation_id}))


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


def allow_again(s: Session, organisation_id: int, receipt_id: str, invoice_id: str) -> bool:
    """Let rules put a pair together again; says whether it was kept apart."""
    pair = delete(undone_pair).where(
        undone_pair.c.organisation_id == organisation_id,
        undone_pair.c.receipt_id == receipt_id,
        undone_pair.c.invoice_id == invoice_id,
    )
    return changed(s, pair) > 0


def undone(s: Session, organisation_id: int) -> frozenset[tuple[str, str]]:
    """Give the (receipt id, invoice id) pairs that people took apart."""
    rows = s.execute(_UNDONE, {"organisation_id": organisation_id})
    return frozenset((row.receipt_id, row.invoice_id) for row in rows)
