"""How good the decisions about labelled payments are.

A receipt is applied right when its kind, the amount cleared of each document, what stays on
account and what it refers to are the truth, to the cent, and when what was taken off is of the
true kind. Which document of several carries a fee or rounding is not compared. Amounts are whole
minor units, money is compared at the ledger's rates, and shares are of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from worlds.bench.records import Row, minor
from worlds.bench.writing import LABELS, LEDGER, PAYMENTS, read_rows

RECEIPTS = ("ar", "payout", "reversal", "refund")
# These two are compared by what they refer to; where their money lies is no document's matter.
REFERRING = ("payout", "reversal")
# On which document these stand is not compared, and what an exchange cost depends on the day.
LOOSE, IGNORED = ("bank_fee", "rounding"), ("fx",)
SUGGESTIONS_MAX = 3
Key = tuple[str, str]


@dataclass
class Truth:
    """What the files say about one business."""

    payments: dict[str, Row]
    labels: dict[str, Row]
    owners: dict[str, str]
    opened: dict[str, int]
    currencies: dict[str, str]
    rates: dict[str, Decimal]


@dataclass
class Score:
    """The counts of one business, or of several together. Money is in base minor units."""

    lines: int = 0
    receipts: int = 0
    decidable: int = 0
    applied: int = 0
    right: int = 0
    right_decidable: int = 0
    reviewed: int = 0
    suggested: int = 0
    strangers: int = 0
    strangers_applied: int = 0
    money: int = 0
    wrong_money: int = 0
    wrong_customer_money: int = 0
    breaches: list[str] = field(default_factory=list)
    cases: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    mistakes: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another business in."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.breaches += other.breaches
        self.mistakes += other.mistakes
        for case, counts in other.cases.items():
            self.cases[case].update(counts)

    def measures(self) -> dict[str, float]:
        """Give the figures that are compared: shares of one, basis points of all money."""
        return {
            "stp": _part(self.right, self.receipts),
            "decidable": _part(self.decidable, self.receipts),
            "recall": _part(self.right_decidable, self.decidable),
            "precision": _part(self.right, self.applied),
            "wrong_bp": _part(self.wrong_money, self.money) * 10_000,
            "wrong_customer_bp": _part(self.wrong_customer_money, self.money) * 10_000,
            "top3": _part(self.suggested, self.reviewed),
            "strangers_applied": self.strangers_applied,
            "breaches": len(self.breaches),
        }


COUNTS = (
    *("lines", "receipts", "decidable", "applied", "right", "right_decidable", "reviewed"),
    *("suggested", "strangers", "strangers_applied", "money", "wrong_money"),
    "wrong_customer_money",
)


def _part(some: int, whole: int) -> float:
    return some / whole if whole else 0.0


def read_truth(folder: Path) -> Truth:
    """Read what is true of a business from the folder it was written to."""
    payments = {one["id"]: one for one in read_rows(folder / PAYMENTS) if one["type"] == "payment"}
    truth = Truth(payments, {}, {}, {}, {}, {})
    truth.labels = {one["payment_id"]: one for one in read_rows(folder / LABELS)}
    for row in read_rows(folder / LEDGER):
        if row["type"] in ("invoice", "credit_note"):
            truth.owners[row["id"]] = row["customer_id"]
            truth.opened[row["id"]] = minor(row["open_amount"])
            truth.currencies[row["id"]] = row["currency"]
        elif row["type"] == "fx_rate":
            truth.rates[row["currency"]] = Decimal(row["rate"])
    return truth


def score(truth: Truth, answers: Iterable[Row]) -> Score:
    """Compare the answers about a business with the truth."""
    found, given = Score(), defaultdict[str, list[Row]](list)
    for answer in answers:
        given[str(answer.get("payment_id"))].append(answer)
    found.breaches += [f"{one}: answered, but never asked" for one in given.keys() - truth.labels]
    for payment_id, label in truth.labels.items():
        rows = given.get(payment_id, [])
        if len(rows) != 1:
            found.breaches.append(f"{payment_id}: answered {len(rows)} times")
        _count(found, truth, label, rows[0] if rows else {"decision": "review"})
    found.breaches += list(_breaches(truth, [rows[0] for rows in given.values()]))
    return found


def score_all(folder: Path, name: str) -> dict[str, Score]:
    """Score the file `name` in each folder below `folder`; "all" counts them together."""
    scores = {
        answers.parent.name: score(read_truth(answers.parent), read_rows(answers))
        for answers in sorted(folder.glob(f"*/{name}"))
    }
    whole = Score()
    for business, one in scores.items():
        one.mistakes = [f"{business} {line}" for line in one.mistakes]
        one.breaches = [f"{business} {line}" for line in one.breaches]
        whole.add(one)
    return {**scores, "all": whole}


def _count(found: Score, truth: Truth, label: Row, answer: Row) -> None:
    found.lines += 1
    counts = found.cases[label["class"]]
    counts["lines"] += 1
    counts["decidable"] += label["decidable"]
    if label["kind"] not in RECEIPTS:
        found.strangers += 1
        taken = applied(answer) and (answer.get("kind") in RECEIPTS or bool(places(answer)))
        found.strangers_applied += taken
        counts["wrong" if taken else "right" if answer.get("kind") == "not_ar" else "reviewed"] += 1
        return
    payment = truth.payments[label["payment_id"]]
    amount = in_base(truth, abs(minor(payment["amount"])), payment["currency"])
    found.receipts += 1
    found.money += amount
    found.decidable += label["decidable"]
    if not applied(answer):
        found.reviewed += 1
        tries = (answer.get("suggestions") or [])[:SUGGESTIONS_MAX]
        found.suggested += any(same(label, one) for one in tries)
        counts["reviewed"] += 1
        return
    found.applied += 1
    if same(label, answer):
        found.right += 1
        found.right_decidable += label["decidable"]
        counts["right"] += 1
        return
    counts["wrong"] += 1
    found.mistakes.append(f"{label['payment_id']}: {label['class']}")
    wrong, foreign = misplaced(truth, label, answer)
    found.wrong_money += round(amount * wrong)
    found.wrong_customer_money += round(amount * foreign)


def applied(answer: Row) -> bool:
    """Tell whether an answer acts without a person."""
    return bool(answer.get("decision") == "apply")


def same(label: Row, answer: Row) -> bool:
    """Tell whether an answer is the truth, completely."""
    if label["kind"] != answer.get("kind"):
        return False
    if label["kind"] in REFERRING:
        return bool(label["refers_to"] == answer.get("refers_to"))
    return places(label) == places(answer) and taken_off(label) == taken_off(answer)


def places(answer: Row) -> Counter[Key]:
    """Give how much of each document is cleared, and left with each customer."""
    found = Counter[Key]()
    for one in answer.get("allocations") or []:
        found["document", one["document_id"]] += minor(one["amount"])
    for one in answer.get("on_account") or []:
        found["customer", one["customer_id"]] += minor(one["amount"])
    return Counter({key: amount for key, amount in found.items() if amount})


def taken_off(answer: Row) -> Counter[Key]:
    """Give what was taken off, by kind and, where it matters, by document."""
    found = Counter[Key]()
    for one in answer.get("adjustments") or []:
        if one["kind"] not in IGNORED:
            place = "" if one["kind"] in LOOSE else one["document_id"]
            found[one["kind"], place] += minor(one["amount"])
    return Counter({key: amount for key, amount in found.items() if amount})


def misplaced(truth: Truth, label: Row, answer: Row) -> tuple[float, float]:
    """Give the shares of a payment that lie in a wrong place, and with a wrong customer."""
    if label["kind"] != answer.get("kind") or label["kind"] in REFERRING:
        stray = bool(places(answer)) and not label["allocations"] and not label["on_account"]
        return 1.0, float(stray)
    meant, given = places(label), places(answer)
    whole = sum(abs(amount) for amount in given.values()) or 1
    stray_by_key = {
        key: max(0, abs(amount) - (abs(meant[key]) if amount * meant[key] > 0 else 0))
        for key, amount in given.items()
    }
    owners = {_owner(truth, key) for key in meant}
    foreign = sum(
        amount for key, amount in stray_by_key.items() if _owner(truth, key) not in owners
    )
    return sum(stray_by_key.values()) / whole, foreign / whole


def _owner(truth: Truth, key: Key) -> str:
    return truth.owners.get(key[1], "") if key[0] == "document" else key[1]


def in_base(truth: Truth, amount: int, currency: str) -> int:
    """Give an amount in the business's own currency by the ledger's rate, or as it is."""
    return int(amount * truth.rates.get(currency, Decimal(1)))


def _breaches(truth: Truth, answers: list[Row]) -> Iterable[str]:
    """Name every sum that does not add up, and every document cleared beyond what was open."""
    cleared = Counter[str]()
    for answer in answers:
        payment = truth.payments.get(str(answer.get("payment_id")))
        if payment is None or not applied(answer):
            continue
        for one in answer.get("allocations") or []:
            cleared[one["document_id"]] += abs(minor(one["amount"]))
        if answer.get("kind") in REFERRING or not places(answer):
            continue
        if not _adds_up(truth, payment, answer):
            yield f"{payment['id']}: its parts do not add up to {payment['amount']}"
    for document, amount in cleared.items():
        if amount > truth.opened.get(document, 0):
            yield f"{document}: cleared beyond its open amount"


def _adds_up(truth: Truth, payment: Row, answer: Row) -> bool:
    lines: list[dict[str, Any]] = answer.get("allocations") or []
    if any(truth.currencies.get(one["document_id"]) != payment["currency"] for one in lines):
        return True
    off = sum(minor(one["amount"]) for one in answer.get("adjustments") or [])
    return sum(places(answer).values()) - off == minor(payment["amount"])
