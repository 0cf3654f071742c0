"""Documents that could not be read: a person is told of each, until it reads or is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector import PROVIDERS
from ledger.documents import CreditNote, Customer, Gone, Invoice, Kind
from store import exceptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Document, Ref
    from store.connections import ConnectionRow
    from store.documents import Kept
    from store.mirror import Changes

UNREADABLE = "unreadable"

_WORDS = {
    Kind.CUSTOMER: "customer",
    Kind.INVOICE: "invoice",
    Kind.CREDIT_NOTE: "credit note",
    Kind.RECEIPT: "payment",
    Kind.PAYOUT: "payout",
}
_LEFT_OUT = {
    Kind.CUSTOMER: "Nothing goes to this customer",
    Kind.INVOICE: "It is left out of reminders and matching, and its customer gets no reminder",
    Kind.CREDIT_NOTE: "Whoever it may be for gets no reminder",
    Kind.RECEIPT: "It is matched with nothing, and whoever may have paid it gets no reminder",
    Kind.PAYOUT: "It is not booked",
}


def tell(
    s: Session,
    connection: ConnectionRow,
    documents: Sequence[Document],
    changes: Changes,
    now: datetime,
) -> None:
    """Open a row for each document that cannot be read now, close those of what reads again."""
    changed = set(changes.refs)
    told = {
        one.subject for one in exceptions.list_open(s, connection.organisation_id, kind=UNREADABLE)
    }
    for document in documents:
        subject = subject_of(document.ref)
        if document.ref in changed and not isinstance(document, Gone) and document.unread:
            _open(s, connection, document, now)
        elif subject in told and (isinstance(document, Gone) or not document.unread):
            exceptions.close_subject(
                s,
                connection.organisation_id,
                subject,
                kind=UNREADABLE,
                who=exceptions.OURSELVES,
                now=now,
                resolution="gone" if isinstance(document, Gone) else "reads again",
            )


def subject_of(ref: Ref) -> str:
    """Name a document as the journal and its page do."""
    return f"{ref.kind}:{ref.id}"


def _open(
    s: Session,
    connection: ConnectionRow,
    document: Kept,
    now: datetime,
) -> None:
    title, kind = PROVIDERS[connection.provider].title, document.ref.kind
    exceptions.open_exception(
        s,
        connection.organisation_id,
        kind=UNREADABLE,
        subject=subject_of(document.ref),
        title=f"Unreadable {_WORDS[kind]} {_name(document)} from {title}",
        detail=f"{document.unread}. {_LEFT_OUT[kind]} until it reads. Its whole text is kept.",
        fix=f"Open it in {title}, correct the field and save it: it is read again by itself.",
        now=now,
    )


def _name(document: Kept) -> str:
    if isinstance(document, Invoice | CreditNote):
        return document.number or document.ref.id
    return document.name if isinstance(document, Customer) else document.ref.id
