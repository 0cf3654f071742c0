"""Reading documents again by their ids, many of them in few calls."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from connector.protocol import Found
from connector.xero import walk
from connector.xero.fields import is_id, text
from connector.xero.translate import OVERPAYMENT, PAYMENT, PREPAYMENT
from connector.xero.walk import Lot, Walk, translated
from ledger.documents import Gone, Kind, Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.xero.calls import Calls, Doc

# Two lists take ids as such; elsewhere a condition names each, and fewer fit into one address.
BY_IDS = frozenset({"Contacts", "Invoices"})
IDS_MAX = 40
NAMED_MAX = 20

_LOTS: dict[tuple[Kind, str], Lot] = {
    (Kind.CUSTOMER, ""): walk.CONTACTS,
    (Kind.INVOICE, ""): walk.INVOICES,
    (Kind.CREDIT_NOTE, ""): walk.CREDIT_NOTES,
    (Kind.RECEIPT, PAYMENT): walk.PAYMENTS,
    (Kind.RECEIPT, OVERPAYMENT): walk.OVERPAYMENTS,
    (Kind.RECEIPT, PREPAYMENT): walk.PREPAYMENTS,
}


def lot_of(ref: Ref) -> Lot | None:
    """Give the list a document is in; None when Xero has no such documents."""
    return _LOTS.get((ref.kind, ref.part if ref.kind is Kind.RECEIPT else ""))


class Reading:
    """Reads documents of one organisation by their ids."""

    def __init__(self, calls: Calls, walk_: Walk) -> None:
        """Make no call yet."""
        self._calls = calls
        self._walk = walk_

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents; what Xero does not have comes back as Gone."""
        wanted: dict[str, list[Ref]] = defaultdict(list)
        lots: dict[str, Lot] = {}
        found: list[Found] = []
        for ref in dict.fromkeys(refs):
            lot = lot_of(ref)
            # Nothing but an id goes into a query; Xero has nothing under any other text.
            if lot is None or not is_id(ref.id):
                found.append(Found(Gone(ref), ""))
            else:
                lots[lot.key] = lot
                wanted[lot.key].append(ref)
        for key, group in wanted.items():
            found += self._read_all(lots[key], group)
        return found

    def _read_all(self, lot: Lot, refs: list[Ref]) -> list[Found]:
        """Read many documents of one list.

        More than fit into one call are mostly a burst of news: what changed lately is listed
        first, and only the others are asked for by id.
        """
        at_once = IDS_MAX if lot.key in BY_IDS else NAMED_MAX
        found: list[Found] = []
        if len(refs) > at_once:
            wanted = {ref.id.lower() for ref in refs}
            docs = [one for one in self._walk.recent(lot) if _id(lot, one) in wanted]
            there = {_id(lot, doc) for doc in docs}
            found += translated(lot, docs)
            refs = [ref for ref in refs if ref.id.lower() not in there]
        for start in range(0, len(refs), at_once):
            found += self._read_some(lot, refs[start : start + at_once])
        return found

    def _read_some(self, lot: Lot, refs: Sequence[Ref]) -> list[Found]:
        docs = self._listed_by_id(lot, [ref.id for ref in refs])
        there = {_id(lot, doc) for doc in docs}
        gone = [Found(Gone(ref), "") for ref in refs if ref.id.lower() not in there]
        return [*translated(lot, docs), *gone]

    def _listed_by_id(self, lot: Lot, ids: list[str]) -> list[Doc]:
        query: dict[str, Any] = {"page": 1, "page_size": walk.PAGE}
        if lot.key in BY_IDS:
            query["i_ds"] = ids
            query["include_archived"] = walk.YES
        else:
            query["where"] = " OR ".join(f'{lot.id_field}==guid("{one}")' for one in ids)
        return self._calls.listed(lot.name, lot.key, **query)


def _id(lot: Lot, doc: Doc) -> str:
    return text(doc, lot.id_field).lower()
