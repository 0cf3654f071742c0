"""Judges of the money: none applied twice, none lost, none made."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from connector.marks import mark, receipt_mark
from ledger.documents import Source
from sandbox.quickbooks.amounts import to_minor
from store import actions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from worlds.judges.evidence import Evidence

Pair = tuple[str, str]

# Outside New Zealand a batch payment has room for so much of a mark.
XERO_BATCH = 18


def applied_too_much(seen: Evidence) -> Iterator[str]:
    """I3: nothing in the books is more than was decided, and no card payment pays twice."""
    paid: Counter[str] = Counter()
    for company in seen.world.cast.companies:
        tenant = seen.world.users.ledgers.keepers[company.key].tenant
        read = _xero_written if company.provider == "xero" else _quickbooks_written
        decided, of_mark = _decided(seen, company.key)
        sources = set(of_mark.values())
        written: Counter[Pair] = Counter()
        for named, invoice_id, minor in read(seen, tenant, sources):
            receipts = [of_mark.get(one, one) for one in named]
            known = [one for one in receipts if one in sources]
            if not known:
                yield f"{company.key}: {minor} on {invoice_id} by {named}, decided by nobody"
                continue
            pairs = [(one, invoice_id) for one in known]
            written.update(_laid(pairs, minor, decided, written))
        for pair, minor in written.items():
            paid[pair[0]] += minor
            if minor > decided[pair]:
                yield f"{company.key}: {minor} of {pair} is applied, {decided[pair]} was decided"
    for key in seen.world.users.cards:
        amount = seen.world.town.stripe.books.get("payment_intent", key)["amount_received"]
        if paid[key] > amount:
            yield f"{key} over {amount} pays {paid[key]} in the books"


def _laid(
    pairs: list[Pair], minor: int, decided: Counter[Pair], written: Counter[Pair]
) -> Counter[Pair]:
    """Lay one line to the decisions about its money: at its source, then as the ledger's own."""
    found: Counter[Pair] = Counter()
    for pair in pairs:
        found[pair] = min(minor - found.total(), max(decided[pair] - written[pair], 0))
    found[pairs[0]] += minor - found.total()
    return found


def _decided(seen: Evidence, company: str) -> tuple[Counter[Pair], dict[str, str]]:
    """Sum what actions want applied, by (receipt, invoice); and whose money each mark names.

    Ids of documents repeat across companies, so each is judged by itself.
    """
    decided: Counter[Pair] = Counter()
    of_mark: dict[str, str] = {}
    for (whose, receipt_id), rows in seen.applications.items():
        for row in rows:
            if whose != company:
                continue
            of_mark[mark(row.key)] = receipt_id
            of_mark[mark(row.key)[:XERO_BATCH]] = receipt_id
            # QuickBooks' payments are told by the receipt they are booked for.
            of_mark[receipt_mark(Source(row.body["source"]), receipt_id)] = receipt_id
            of_mark.update(dict.fromkeys(_beside(row.key, row.body), receipt_id))
            if row.state == actions.REFUSED or row.undone_at is not None:
                continue
            for portion in row.body["portions"]:
                if portion["amount"][0] > 0:
                    decided[receipt_id, portion["invoice_id"]] += portion["amount"][0]
    return decided, of_mark


def _beside(key: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Name what may stand in the books beside the money: differences, and credit used with it."""
    for one in body.get("adjustments", ()):
        yield mark(f"{key}:{one['kind']}:{one['invoice_id']}")
    for number, one in enumerate(body.get("netted", ())):
        yield from (one["credit_id"], mark(f"{key}:credit:{number}"))


def _xero_written(
    seen: Evidence, tenant: str, sources: set[str]
) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Give payments, single or in batches, and allocations, each with what names its money.

    Money that we put on account was decided of at its source, and may be again as the ledger's.
    """
    del sources
    xero = seen.world.town.xero
    batches = {
        key: one["texts"].get("Details", "")
        for one in xero.batches(tenant)
        for key in one["payments"]
    }
    for one in xero.payments(tenant):
        if one["by"] == "app" and not one["deleted"]:
            tag = batches.get(one["id"]) or one["reference"].rpartition(" ")[2]
            yield (tag,), one["target"], one["amount"]
    booked = {
        one["id"]: one["reference"].rpartition(" ")[2]
        for kind in ("Overpayments", "CreditNotes")
        for one in xero.credits(tenant, kind)
        if one["by"] == "app"
    }
    for one in xero.allocations(tenant):
        if one["by"] == "app" and not one["deleted"]:
            names = (one["source"], booked.get(one["source"], one["source"]))
            yield names, one["invoice"], one["amount"]


def _quickbooks_written(
    seen: Evidence, realm: str, sources: set[str]
) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Give the lines of payments we made, and of receipts that we alone placed.

    What was left of a payment we made was decided of again as the ledger's own.
    """
    by_user = {
        receipt_id
        for (company, receipt_id), event in seen.world.users.receipts.items()
        if ("by_user", event.numbers) in seen.world.users.done
        and seen.world.users.ledgers.keepers[company].tenant == realm
    }
    for doc in seen.world.town.quickbooks.payments(realm):
        ours = str(doc.get("PaymentRefNum", "")).startswith("DNK-")
        if not ours and (doc["Id"] not in sources or doc["Id"] in by_user):
            continue
        for kind, invoice_id, minor in _lines(doc):
            if kind == "Invoice":
                named = (doc["PaymentRefNum"], doc["Id"]) if ours else (doc["Id"],)
                yield named, invoice_id, minor


def _lines(doc: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for line in doc["Line"]:
        for link in line["LinkedTxn"]:
            minor = to_minor(line["Amount"], doc["CurrencyRef"]["value"])
            yield link["TxnType"], link["TxnId"], minor


def not_conserved(seen: Evidence) -> Iterator[str]:
    """I11: what came in is applied or unapplied, and what is owed is billed less settled."""
    for company in seen.world.cast.companies:
        tenant = seen.world.users.ledgers.keepers[company.key].tenant
        check = _xero_sums if company.provider == "xero" else _quickbooks_sums
        yield from (f"{company.key}: {text}" for text in check(seen, tenant, company.key))


# What the bookkeepers write on a payment that they book themselves.
BY_HAND = "by hand"


def _came_in(seen: Evidence, company: str, voided: Collection[str] = ()) -> Counter[str]:
    """Sum the bank money that really came in, by currency, but what a user voided again."""
    found: Counter[str] = Counter()
    for (whose, receipt_id), event in seen.world.users.receipts.items():
        if whose == company and receipt_id not in voided:
            found[event.currency] += event.minor
    return found


def _xero_sums(seen: Evidence, tenant: str, company: str) -> Iterator[str]:
    xero = seen.world.town.xero
    paid, spent = _xero_lines(seen, tenant)
    for one in xero.invoices(tenant):
        if one["status"] != "VOIDED" and one["total"] - paid[one["id"]] != one["open"]:
            yield f"invoice {one['number']}: {one['total']} less {paid[one['id']]} is {one['open']}"
    for kind in ("Overpayments", "CreditNotes"):
        for one in xero.credits(tenant, kind):
            if one["remaining"] < 0 or one["total"] - spent[one["id"]] != one["remaining"]:
                yield f"{kind} {one['id']}: {one['total']} less {spent[one['id']]}"
    banked = _banked(xero.credits(tenant, "Overpayments"))
    if banked != _came_in(seen, company):
        yield f"bank money {dict(_came_in(seen, company))} came in, the books hold {dict(banked)}"


def _banked(overpayments: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Sum what people put on account, by currency; what we put there came from Stripe."""
    found: Counter[str] = Counter()
    for one in overpayments:
        if one["by"] != "app":
            found[one["currency"]] += one["total"]
    return found


def _xero_lines(seen: Evidence, tenant: str) -> tuple[Counter[str], Counter[str]]:
    """Sum what living payments and allocations pay on documents, and take from credits."""
    paid: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for one in seen.world.town.xero.payments(tenant):
        if not one["deleted"]:
            (paid if one["target_kind"] == "Invoices" else spent)[one["target"]] += one["amount"]
    for one in seen.world.town.xero.allocations(tenant):
        if not one["deleted"]:
            paid[one["invoice"]] += one["amount"]
            spent[one["source"]] += one["amount"]
    return paid, spent


def _quickbooks_sums(seen: Evidence, realm: str, company: str) -> Iterator[str]:
    standin = seen.world.town.quickbooks
    settled: dict[str, int] = defaultdict(int)
    banked = 0
    for doc in standin.payments(realm):
        currency = doc["CurrencyRef"]["value"]
        used = 0
        for kind, target, minor in _lines(doc):
            used += minor if kind == "Invoice" else -minor
            settled[f"{kind} {target}"] += minor
        total, left = to_minor(doc["TotalAmt"], currency), to_minor(doc["UnappliedAmt"], currency)
        if left < 0 or total - used != left:
            yield f"payment {doc['Id']}: {total} less {used} leaves {left}"
        reference = str(doc.get("PaymentRefNum", ""))
        if not reference.startswith("DNK-") and reference != BY_HAND:
            banked += total
    yield from _sales(standin.invoices(realm), "Invoice", settled)
    yield from _sales(standin.credit_memos(realm), "CreditMemo", settled)
    voided = {one["Id"] for one in standin.payments(realm) if one["TotalAmt"] == 0}
    came_in = _came_in(seen, company, voided).total()
    if banked != came_in:
        yield f"bank money {came_in} came in, the books hold {banked}"


def _sales(
    docs: Iterable[Mapping[str, Any]], noun: str, settled: Mapping[str, int]
) -> Iterator[str]:
    for doc in docs:
        currency = doc["CurrencyRef"]["value"]
        total, open_ = to_minor(doc["TotalAmt"], currency), to_minor(doc["Balance"], currency)
        if open_ < 0 or total - settled[f"{noun} {doc['Id']}"] != open_:
            yield f"{noun} {doc['Id']}: {total} and {open_} open do not agree"
