"""The judge of payouts: each stands in the ledger once, as large as it was at Stripe."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sandbox.quickbooks.amounts import to_minor
from sandbox.quickbooks.change import kind
from store import actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.actions import ActionRow
    from worlds.judges.evidence import Evidence

# The ledger's entry that brings a payout to the bank; fees are the other.
ARRIVALS = frozenset({"bank_transfer", "deposit"})


def not_booked_once(seen: Evidence) -> Iterator[str]:
    """I3: no payout is booked twice, by nobody, or with another sum than Stripe paid out."""
    for company in seen.world.cast.companies:
        tenant = seen.world.users.ledgers.keepers[company.key].tenant
        rows = [
            row
            for key, row in seen.rows
            if key == company.key and row.kind == "payout" and not row.body.get("by_hand")
        ]
        booked = [row for row in rows if row.state == actions.DONE and row.undone_at is None]
        if not any(row.state == actions.UNKNOWN for row in rows):
            yield from _compared(seen, company.key, tenant, booked)
        times = Counter(row.body["payout_id"] for row in booked)
        for key, count in times.items():
            if count > 1:
                yield f"{company.key}: {key} is booked {count} times"


def _compared(seen: Evidence, company: str, tenant: str, booked: list[ActionRow]) -> Iterator[str]:
    spent = {key for key, _minor in fees_kept(seen, company)}
    found = _xero(seen, tenant) | _quickbooks(seen, tenant)
    standing = {key: minor for key, minor in found.items() if key not in spent}
    ours = {one["id"]: (row, one) for row in booked for one in row.outcome["parts"]}
    for key, minor in standing.items():
        if key not in ours:
            yield f"{company}: {key} over {minor} was booked for a payout by nobody"
    for key, (row, part) in ours.items():
        paid = seen.world.town.stripe.books.get("payout", row.body["payout_id"])["amount"]
        if standing.get(key) != part["amount"][0]:
            yield f"{company}: {key} stands with {standing.get(key)}, not {part['amount'][0]}"
        elif part["part"] in ARRIVALS and part["amount"][0] != paid:
            yield f"{company}: {row.body['payout_id']} over {paid} is booked as {part['amount'][0]}"


def fees_kept(seen: Evidence, company: str) -> Iterator[tuple[str, int]]:
    """Give what applications booked as kept by a bank: the ledger's id, and how much."""
    for (whose, _receipt), rows in seen.applications.items():
        for row in rows:
            done = whose == company and row.state == actions.DONE and row.undone_at is None
            for part in row.outcome["parts"] if done else ():
                if not part["invoice_id"]:
                    yield part["id"], part["amount"][0]


def _xero(seen: Evidence, tenant: str) -> dict[str, int]:
    xero = seen.world.town.xero
    entries = [(one, one["amount"]) for one in xero.transfers(tenant)]
    entries += [(one, one["total"]) for one in xero.bank_entries(tenant) if one["type"] == "SPEND"]
    return {
        one["id"]: minor
        for one, minor in entries
        if (one["by"], one["status"]) == ("app", "AUTHORISED")
    }


def _quickbooks(seen: Evidence, realm: str) -> dict[str, int]:
    deposits = seen.world.town.quickbooks.shelf.all(kind(realm, "Deposit"))
    return {
        one["Id"]: to_minor(one["TotalAmt"], one["CurrencyRef"]["value"])
        for one in deposits
        if "DNK-" in one.get("PrivateNote", "")
    }
