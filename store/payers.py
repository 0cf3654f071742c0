"""What people taught about payers: confirmed names, and matches taken apart."""

from __future__ import annotations

from sqlalchemy.orm import Session

from rules.facts import Payer


def confirm(s: Session, organisation_id: int, form: str, customer_id: str) -> None:
    """Count one more confirmed match of this form of name or account with this customer."""
    raise NotImplementedError


def unconfirm(s: Session, organisation_id: int, form: str, customer_id: str) -> None:
    """Take one confirmation back, after an undo."""
    raise NotImplementedError


def known(s: Session, organisation_id: int) -> tuple[Payer, ...]:
    """Give every confirmed payer."""
    raise NotImplementedError


def remember_undone(s: Session, organisation_id: int, receipt_id: str, invoice_id: str) -> None:
    """Remember a pair that a person took apart: no rule puts it together again."""
    raise NotImplementedError


def undone(s: Session, organisation_id: int) -> frozenset[tuple[str, str]]:
    """Give the (receipt id, invoice id) pairs that people took apart."""
    raise NotImplementedError
