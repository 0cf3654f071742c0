"""The judge of bank lines: their money is spent once, and by a rule on its payer's bills alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Source
from store import actions, bank_lines
from worlds.judges.payouts import fees_kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.story.companies import Company
    from sandbox.story.event import Event
    from store.actions import ActionRow
    from store.bank_lines import LineRow
    from worlds.judges.evidence import Evidence


def spent_wrongly(seen: Evidence) -> Iterator[str]:
    """I3: no line pays more than it brought, nothing that is in the books elsewhere, no stranger's.

    What a rule applies by itself pays bills of the customer who sent the money; a person may err.
    """
    for company in seen.world.cast.companies:
        linked = _linked(seen, company.key)
        spent: dict[str, int] = {}
        for key, line, rows in _placed(seen, company):
            spent[key] = sum(_cash(row) for row in rows)
            if spent[key] > line.amount.minor:
                yield f"{company.key}: {line.amount} of {line.booked} pays {spent[key]}"
            if spent[key] and key in linked:
                yield f"{company.key}: {line.amount} of {line.booked} is in the books, and applied"
            yield from _of_strangers(seen, company, line, rows)
        yield from _twice(seen, company, spent)
        yield from _fees(seen, company)


def _placed(seen: Evidence, company: Company) -> Iterator[tuple[str, LineRow, list[ActionRow]]]:
    """Give each line whose money was placed, by the id of its receipt, with what stands of that."""
    found = {
        key: [row for row in rows if _stands(row)]
        for (whose, key), rows in seen.applications.items()
        if whose == company.key and rows[0].body["source"] == Source.BANK
    }
    with seen.world.town.house.sessions() as s:
        lines = bank_lines.of_receipts(s, seen.world.ours[company.key], list(found))
    for key, rows in found.items():
        yield key, lines[key], rows


def _stands(row: ActionRow) -> bool:
    return row.state in (actions.DONE, actions.UNKNOWN) and row.undone_at is None


def _linked(seen: Evidence, company: str) -> set[str]:
    """Give the receipts whose money a person or a rule found in the books."""
    return {
        row.subject.rpartition(":")[2]
        for whose, row in seen.rows
        if whose == company and row.kind == "link" and _stands(row)
    }


def _cash(row: ActionRow) -> int:
    """Sum the money that an application takes: what it clears less differences and credit used."""
    body = row.body
    less = [one for name in ("adjustments", "netted") for one in body.get(name, ())]
    cleared, covered = (
        sum(int(one["amount"][0]) for one in part) for part in (body["portions"], less)
    )
    return cleared - covered


def _of_strangers(
    seen: Evidence, company: Company, line: LineRow, rows: list[ActionRow]
) -> Iterator[str]:
    """Compare whose bills a rule paid with who sent the money."""
    event = seen.wire(company.key, line)
    sender = event.customer if event else "nobody who owes it"
    for row in rows:
        for one in row.body["portions"] if row.body["automatic"] else ():
            owner = _owner(seen, company.key, one["invoice_id"])
            if owner != sender:
                yield f"{company.key}: {line.amount} of {sender} pays {owner} on {line.booked}"


def _owner(seen: Evidence, company: str, invoice_id: str) -> str:
    ledgers, bills = seen.world.users.ledgers, seen.world.cast.bills
    return next(
        bill.customer
        for number, bill in bills.items()
        if bill.company == company and ledgers.id_of(company, "invoice", number) == invoice_id
    )


def _twice(seen: Evidence, company: Company, spent: dict[str, int]) -> Iterator[str]:
    """Say where money that a bookkeeper recorded, and the bank shows, is spent at both places."""
    with seen.world.town.house.sessions() as s:
        lines = bank_lines.of_receipts(s, seen.world.ours[company.key], list(spent))
    events = {key: seen.wire(company.key, line) for key, line in lines.items()}
    for (whose, key), event in seen.world.users.receipts.items():
        if whose != company.key or event.how != "both":
            continue
        same = [one for one, wire in events.items() if wire and _is_same(wire, event)]
        rows = [row for row in seen.applications.get((whose, key), []) if _stands(row)]
        total = sum(_cash(row) for row in rows) + sum(spent[one] for one in same)
        if total > event.minor:
            yield f"{company.key}: {event.minor} of {event.customer} came once and pays {total}"


def _is_same(wire: Event, event: Event) -> bool:
    told = (wire.customer, wire.minor, wire.text, wire.pays)
    return told == (event.customer, event.minor, event.text, event.pays)


def _fees(seen: Evidence, company: Company) -> Iterator[str]:
    """Compare what stands in the ledger as kept by a bank with what was decided."""
    if company.provider != "xero":
        return
    tenant = seen.world.users.ledgers.keepers[company.key].tenant
    entries = {one["id"]: one for one in seen.world.town.xero.bank_entries(tenant)}
    for key, minor in fees_kept(seen, company.key):
        entry = entries.get(key)
        if entry is None or (entry["status"], entry["total"]) != ("AUTHORISED", minor):
            yield f"{company.key}: {minor} kept by a bank does not stand as {key}"
