"""The questions that one payment puts to the mirror and the matching index, put together once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
)

from ledger.documents import Kind, Status
from ledger.payouts import Stage
from rules.matching.seen_twice import Seen
from rules.matching.seen_twice import claim as seen_claim
from store import tables
from store.connections import DISCONNECTED
from store.mirror_queries import shown
from store.tables import allocation, claim, connection, matching_key, payer, payout, receipt
from store.tables.columns import fixed

# Of the payments of one amount so many are told, the newest.
PAST_MAX = 200

_CONNECTION: BindParameter[int] = bindparam("connection_id")
_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
# What nobody may pay: a draft, what was voided, and what could not be read.
_SETTLED = (fixed(Status.OPEN.value), fixed(Status.PAID.value))


def _mine(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.connection_id == _CONNECTION, table.c.organisation_id == _ORGANISATION


def _owed(table: Table) -> tuple[ColumnElement[bool], ...]:
    return *_mine(table), table.c.status.in_(_SETTLED), table.c.gone.is_(False)


def _documents(table: Table) -> Select[Any]:
    return shown(table).where(*_owed(table))


def _open(table: Table) -> ColumnElement[bool]:
    return (table.c.status == fixed(Status.OPEN.value)) & (table.c.balance > fixed(0))


_KINDS = {Kind.INVOICE: tables.invoice, Kind.CREDIT_NOTE: tables.credit_note}
BY_ID = {
    kind: _documents(table).where(table.c.vendor_id.in_(_IDS)) for kind, table in _KINDS.items()
}
OWING = {
    kind: _documents(table).where(_open(table), table.c.customer_id.in_(_IDS))
    for kind, table in _KINDS.items()
}
AMOUNTING = (
    _documents(tables.invoice)
    .where(
        # That something is left is in the amount; said twice, it would cost the index.
        tables.invoice.c.status == fixed(Status.OPEN.value),
        tables.invoice.c.currency == bindparam("currency"),
        tables.invoice.c.balance == bindparam("minor"),
    )
    # Joined to nothing, so that no index of ids is taken for the order: it would read them all.
    .order_by(tables.invoice.c.vendor_id.concat(fixed("")))
    .limit(bindparam("most", type_=Integer))
)
LATEST_NUMBER = (
    select(tables.invoice.c.number)
    .where(*_owed(tables.invoice))
    .order_by(tables.invoice.c.issued.desc(), tables.invoice.c.number.desc())
    .limit(1)
)
_TOTALS = (*_mine(tables.invoice), tables.invoice.c.status == fixed(Status.OPEN.value))
OPEN_BY_CURRENCY = (
    select(tables.invoice.c.currency, func.count().label("number"))
    .where(*_TOTALS)
    .group_by(tables.invoice.c.currency)
    .order_by(tables.invoice.c.currency)
)
# The total of the open invoice with so many larger ones.
LARGE = (
    select(tables.invoice.c.total)
    .where(*_TOTALS, tables.invoice.c.currency == bindparam("currency"))
    .order_by(tables.invoice.c.total.desc())
    .limit(1)
    .offset(bindparam("larger", type_=Integer))
)
KEYS = select(matching_key.c.key, matching_key.c.kind, matching_key.c.vendor_id).where(
    *_mine(matching_key), matching_key.c.key.in_(bindparam("keys", expanding=True))
)
# A word may stand in a hundred thousand names: whoever asks says how many are too many.
NAMED = (
    select(matching_key.c.vendor_id)
    .where(*_mine(matching_key), matching_key.c.key == bindparam("word"))
    .limit(bindparam("most", type_=Integer))
)
CUSTOMERS_BY_ID = (
    shown(tables.customer)
    .where(*_mine(tables.customer), tables.customer.c.vendor_id.in_(_IDS))
    .order_by(tables.customer.c.vendor_id)
)
CHILDREN = select(tables.customer.c.vendor_id).where(
    *_mine(tables.customer), tables.customer.c.parent_id.in_(_IDS)
)
MERGED = select(tables.customer.c.vendor_id, tables.customer.c.merged_into).where(
    *_mine(tables.customer), tables.customer.c.merged_into.is_not(None)
)
# A form in the words of the ledger counts as never confirmed.
KNOWN_AS = union_all(
    select(matching_key.c.vendor_id.label("customer_id"), literal(0).label("confirmations")).where(
        *_mine(matching_key), matching_key.c.key == bindparam("form")
    ),
    select(payer.c.customer_id, payer.c.confirmations).where(
        payer.c.organisation_id == _ORGANISATION,
        payer.c.form == bindparam("form"),
        payer.c.confirmations > fixed(0),
    ),
)
_LIVE = (
    select(connection.c.id)
    .where(connection.c.organisation_id == _ORGANISATION, connection.c.state != fixed(DISCONNECTED))
    .scalar_subquery()
)
# A bank line that is a payout holds this claim for as long as it is linked.
_LINKED = (
    exists()
    .where(
        claim.c.organisation_id == _ORGANISATION,
        claim.c.claim == fixed(seen_claim(Seen.PAYOUT, "")).concat(payout.c.vendor_id),
    )
    .correlate(payout)
)
PAYOUTS = (
    select(payout.c.vendor_id, payout.c.net, payout.c.currency, payout.c.arrives)
    .where(
        payout.c.organisation_id == _ORGANISATION,
        payout.c.connection_id.in_(_LIVE),
        payout.c.currency == bindparam("currency"),
        payout.c.net == bindparam("minor"),
        payout.c.stage != fixed(Stage.FAILED.value),
        payout.c.gone.is_(False),
        ~_LINKED,
    )
    .order_by(payout.c.vendor_id)
)
# What was placed before has nothing left, and somebody it belongs to; the newest come first.
_PAST = (
    shown(receipt)
    .where(
        receipt.c.organisation_id == _ORGANISATION,
        receipt.c.connection_id.in_(_LIVE),
        receipt.c.currency == bindparam("currency"),
        receipt.c.amount == bindparam("minor"),
        receipt.c.unapplied == receipt.c.applied_here,
        receipt.c.status.in_(_SETTLED),
        receipt.c.gone.is_(False),
    )
    .order_by(receipt.c.received.desc(), receipt.c.vendor_id)
    .limit(PAST_MAX)
)
PAST = _PAST.where(receipt.c.customer_id.is_not(None))
PAST_OF = _PAST.where(receipt.c.customer_id.in_(_IDS))
PLACED = (
    select(allocation)
    .where(
        allocation.c.organisation_id == _ORGANISATION,
        allocation.c.holder_kind == fixed(Kind.RECEIPT.value),
        allocation.c.holder_id.in_(_IDS),
    )
    .order_by(allocation.c.holder_id, allocation.c.place)
)
