"""What people change of what was learned: who a payer is, and which pairs are kept apart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flows import applying
from flows.keeping import look_again
from rules.facts import Payer
from rules.matching.remembered import Mark, in_words, marks
from store import journal, mirror, payers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

# Enough that no two marks of an organisation have one name.
NAME_CHARS = 24


def all_known(s: Session, organisation_id: int) -> tuple[Mark, ...]:
    """Give every mark of a payer; one that is shared and of nobody else has no customer."""
    learned = payers.known(s, organisation_id)
    loose = payers.shared(s, organisation_id) - {one.form for one in learned}
    return marks([*learned, *(Payer(form, "", 0) for form in loose)])


def name_of(mark: Mark) -> str:
    """Give what a page calls a mark: no account number stands in an address or a form."""
    return hashlib.sha256(f"{mark.customer_id}\n{mark.form}".encode()).hexdigest()[:NAME_CHARS]


def known(s: Session, organisation_id: int, name: str) -> Mark:
    """Give a mark by what a page calls it. Raises ValueError when it is not remembered."""
    for one in all_known(s, organisation_id):
        if name_of(one) == name:
            return one
    msg = "this is not remembered any more; reload the page"
    raise ValueError(msg)


def forget(s: Session, organisation_id: int, mark: Mark, who: str, now: datetime) -> None:
    """Forget that a mark is its customer's; confirmed again, it is learned again."""
    payers.forget(s, organisation_id, mark.forms, mark.customer_id)
    _tell(s, organisation_id, mark, "forgotten for this customer", who, now)


def move(s: Session, organisation_id: int, mark: Mark, into: str, who: str, now: datetime) -> None:
    """Say that a mark is another customer's. Raises ValueError for one who is not known."""
    customer = mirror.customer(s, organisation_id, into)
    if customer is None or customer.ref.id == mark.customer_id:
        msg = "choose another customer"
        raise ValueError(msg)
    payers.move(s, organisation_id, mark.forms, mark.customer_id, into)
    _tell(s, organisation_id, mark, f"is of {customer.name}, not of this customer", who, now)


def share(s: Session, organisation_id: int, mark: Mark, who: str, now: datetime) -> None:
    """Say that who bears a mark pays for others: it identifies nobody from now on."""
    payers.share(s, organisation_id, mark.forms)
    _tell(s, organisation_id, mark, "is shared and identifies nobody", who, now)


def unshare(s: Session, organisation_id: int, mark: Mark, who: str, now: datetime) -> None:
    """Let a mark identify its customer again."""
    payers.unshare(s, organisation_id, mark.forms)
    _tell(s, organisation_id, mark, "is not shared and identifies again", who, now)


def allow(
    s: Session, organisation_id: int, receipt_id: str, invoice_id: str, who: str, now: datetime
) -> None:
    """Let rules put a pair together again. Raises ValueError when it is not kept apart."""
    if not payers.allow_again(s, organisation_id, receipt_id, invoice_id):
        msg = "this pair is not kept apart any more; reload the page"
        raise ValueError(msg)
    text = f"receipt {receipt_id} may be matched with this invoice again"
    journal.write(
        s, organisation_id, "noted", who=who, text=text, now=now, subject=f"invoice:{invoice_id}"
    )
    look_again(s, organisation_id, now)


def _tell(s: Session, organisation_id: int, mark: Mark, what: str, who: str, now: datetime) -> None:
    journal.write(
        s,
        organisation_id,
        "noted",
        who=who,
        text=f"payer {in_words(mark.form)} {what}",
        now=now,
        subject=f"customer:{mark.customer_id}" if mark.customer_id else "",
        evidence={"forms": len(mark.forms), "confirmations": mark.confirmations},
    )
    # The lesson that was wrong may have placed money which the ledger has not taken yet.
    reason = f"what is known of payers has changed: {in_words(mark.form)}"
    applying.drop_unbegun(s, organisation_id, who=who, now=now, reason=reason)
