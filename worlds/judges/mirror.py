"""Judge of the mirror: after rest it says what the books say, document by document."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from ledger.documents import Source
from sandbox.quickbooks.amounts import to_minor
from store import connections
from store.tables import credit_note, customer, invoice, receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sqlalchemy import Table

    from worlds.judges.evidence import Evidence
    from worlds.town import Town

Shape = tuple[object, ...]
Books = dict[str, dict[str, Shape]]


def differs(seen: Evidence) -> Iterator[str]:
    """I4: every customer, invoice, credit note and unapplied receipt is as in the books."""
    world = seen.world
    for company in world.cast.companies:
        tenant = world.users.ledgers.keepers[company.key].tenant
        ours = _ours(seen, world.ours[company.key])
        theirs = (_xero if company.provider == "xero" else _quickbooks)(world.town, tenant)
        for noun, found in theirs.items():
            yield from (f"{company.key} {noun} {text}" for text in _compare(ours[noun], found))
        unapplied = _stripe(world.town, world.users.accounts[company.key])
        mine = ours["card payments"]
        yield from (f"{company.key} card payment {text}" for text in _compare(mine, unapplied))


def _compare(ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> Iterator[str]:
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            yield f"{key}: we hold {ours.get(key)}, the books {theirs.get(key)}"


def _open(row: Any, field: str) -> int:  # noqa: ANN401 - a row of one of four tables
    return int(getattr(row, field)) if row.status == "open" and not row.gone else 0


def _ours(seen: Evidence, organisation_id: int) -> Books:
    """Read the mirror's tables as they are, not through the product's own questions."""
    with seen.world.town.house.sessions() as s:
        books = connections.books_of(s, organisation_id)
        at = books.id if books else 0

        def rows(table: Table, *, here: bool = True) -> list[Any]:
            mine = table.c.connection_id == at if here else table.c.connection_id != at
            return list(s.execute(select(table).where(mine, owner(table))))

        def owner(table: Table) -> Any:  # noqa: ANN401 - a clause
            return table.c.organisation_id == organisation_id

        return {
            "invoices": {
                row.vendor_id: (row.number, row.customer_id, row.due, _open(row, "balance"))
                for row in rows(invoice)
                if not row.gone
            },
            "credit notes": {
                row.vendor_id: (row.customer_id, _open(row, "balance"))
                for row in rows(credit_note)
                if not row.gone
            },
            "customers": {row.vendor_id: (row.name, row.email) for row in rows(customer)},
            "unapplied receipts": {
                row.vendor_id: (row.customer_id, _open(row, "unapplied"))
                for row in rows(receipt)
                if _open(row, "unapplied")
            },
            "card payments": {
                row.vendor_id: (row.amount,)
                for row in rows(receipt, here=False)
                if not row.gone and row.source == Source.STRIPE
            },
        }


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _xero(town: Town, tenant: str) -> Books:
    books = town.xero.books
    return {
        "invoices": {
            one["id"]: (one["number"], one["contact"], _day(one["due"]), one["open"])
            for one in town.xero.invoices(tenant)
        },
        "credit notes": {
            one["id"]: (one["contact"], one["remaining"])
            for one in town.xero.credits(tenant, "CreditNotes")
        },
        "customers": {
            one["id"]: (one["name"], one["email"]) for one in books.all(tenant, "Contacts")
        },
        "unapplied receipts": {
            one["id"]: (one["contact"], one["remaining"])
            for one in town.xero.credits(tenant, "Overpayments")
            if one["remaining"]
        },
    }


def _quickbooks(town: Town, realm: str) -> Books:
    standin = town.quickbooks

    def minor(doc: Mapping[str, Any], field: str) -> int:
        return to_minor(doc[field], doc["CurrencyRef"]["value"])

    def owner(doc: Mapping[str, Any]) -> str:
        return str(doc["CustomerRef"]["value"])

    return {
        "invoices": {
            one["Id"]: (one["DocNumber"], owner(one), _day(one["DueDate"]), minor(one, "Balance"))
            for one in standin.invoices(realm)
        },
        "credit notes": {
            one["Id"]: (owner(one), minor(one, "Balance")) for one in standin.credit_memos(realm)
        },
        "customers": {
            one["Id"]: (
                one["DisplayName"],
                (one.get("PrimaryEmailAddr") or {}).get("Address"),
            )
            for one in standin.customers(realm)
        },
        "unapplied receipts": {
            one["Id"]: (owner(one), minor(one, "UnappliedAmt"))
            for one in standin.payments(realm)
            if minor(one, "UnappliedAmt")
        },
    }


def _stripe(town: Town, account: str) -> dict[str, Shape]:
    return {one["id"]: (one["amount_received"],) for one in town.stripe.payment_intents(account)}
