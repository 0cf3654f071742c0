"""Money that is seen twice: a bank line that is a processor's payout, or is in the ledger already.

Such a line is never matched with invoices: its money is in the books, or will be, by another way.
One clear twin is taken; where anything is in doubt a person is asked, and the line waits.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.days import days_between
from rules.matching.names import bare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from ledger.documents import Invoice, Receipt
    from ledger.money import Money
    from ledger.payouts import Payout

# The word that stands on the statement for a payout, whatever else the bank writes.
PROCESSOR = re.compile(r"\bstripe\b", re.IGNORECASE)
# A payout is announced for a day; banks may be early, and are late over holidays.
PAYOUT_EARLY_DAYS, PAYOUT_LATE_DAYS = 2, 6
# One that names its invoice may be recorded days before or after, and later be paid a second time;
# one that is known by payer and amount alone may be the next of a row of equal payments.
NAMED_DAYS, NAMED_DOUBTED_DAYS = 10, 30
ALIKE_DAYS, ALIKE_DOUBTED_DAYS = 3, 10
DIGITS_MIN = 4
WORD_MIN = 4


class Seen(StrEnum):
    """Where else the money is seen."""

    PAYOUT = "payout"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment that stands in the ledger. `numbers` are those of the invoices that it pays."""

    id: str
    day: date
    amount: Money
    customer_id: str = ""
    customer_name: str = ""
    reference: str = ""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """What may be the same money, and what speaks for it."""

    seen: Seen
    id: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is: the same money as `same`, or for a person to say, who is told `reason`."""

    receipt_id: str
    same: Twin | None = None
    reason: str = ""
    maybe: tuple[Twin, ...] = ()


REASONS = {
    "several": "More than one payment or payout fits it, or several lines fit the same one.",
    "perhaps_payout": "A payout of this amount was due about then, and nothing says who paid.",
    "perhaps_recorded": "A payment of this amount is in the ledger already, about the same day.",
    "unknown_payout": "It reads like a payout, and no payout of this amount is known.",
}


def look(
    lines: Sequence[Receipt],
    payouts: Sequence[Payout],
    recorded: Sequence[Recorded],
    invoices: Sequence[Invoice] = (),
) -> tuple[Verdict, ...]:
    """Say which bank lines are, or may be, money that is seen elsewhere; the others are left out.

    `payouts` and `recorded` hold only what no line was found to be before; `invoices` are all open
    ones, for a line that names one of them, or comes to one of its payer's, may be a new payment.
    """
    view = _View(
        _by_amount(payouts),
        _by_sum(recorded),
        _runs(" ".join(one.number for one in invoices)),
        frozenset((one.customer_id, one.balance) for one in invoices),
    )
    sure = {one.ref.id: view.sure(one) for one in lines}
    claims = Counter(_key(twin) for twins in sure.values() for twin in twins)
    taken = {_key(twins[0]) for twins in sure.values() if _is_clear(twins, claims)}
    found = (_verdict(view, one, sure[one.ref.id], claims, taken) for one in lines)
    return tuple(one for one in found if one is not None)


def _key(twin: Twin) -> tuple[Seen, str]:
    return twin.seen, twin.id


def _is_clear(twins: Sequence[Twin], claims: Mapping[tuple[Seen, str], int]) -> bool:
    return len(twins) == 1 and claims[_key(twins[0])] == 1


def _verdict(
    view: _View,
    line: Receipt,
    sure: Sequence[Twin],
    claims: Mapping[tuple[Seen, str], int],
    taken: set[tuple[Seen, str]],
) -> Verdict | None:
    if _is_clear(sure, claims):
        return Verdict(line.ref.id, same=sure[0])
    if sure:
        return Verdict(line.ref.id, reason="several", maybe=tuple(sure))
    maybe = tuple(twin for twin in view.maybe(line) if _key(twin) not in taken)
    if maybe:
        is_payout = any(twin.seen is Seen.PAYOUT for twin in maybe)
        reason = "perhaps_payout" if is_payout else "perhaps_recorded"
        return Verdict(line.ref.id, reason=reason, maybe=maybe)
    if line.amount.minor > 0 and PROCESSOR.search(_said(line)):
        return Verdict(line.ref.id, reason="unknown_payout")
    return None


@dataclass(frozen=True, slots=True)
class _View:
    """What lines are compared with, by amount; the numbers of open invoices, and who owes what."""

    payouts: Mapping[Money, Sequence[Payout]]
    recorded: Mapping[Money, Sequence[Recorded]]
    open_runs: frozenset[str]
    owed: frozenset[tuple[str, Money]]

    def sure(self, line: Receipt) -> list[Twin]:
        """Give what this line must be, as far as line and twin alone can tell."""
        said = _said(line)
        found = [
            _as_payout(one)
            for one in self._arriving(line)
            if PROCESSOR.search(said) or _mentions(said, one.reference)
        ]
        return found + [
            twin for one in self.recorded.get(line.amount, ()) if (twin := self._sure_of(line, one))
        ]

    def maybe(self, line: Receipt) -> list[Twin]:
        """Give what this line may be: nothing tells them apart."""
        nameless = not line.payer_name.strip()
        found = [_as_payout(one) for one in self._arriving(line) if nameless]
        return found + [
            _as_recorded(one, "nothing tells them apart")
            for one in self.recorded.get(line.amount, ())
            if self._may_be(line, one)
        ]

    def _arriving(self, line: Receipt) -> list[Payout]:
        return [
            one
            for one in self.payouts.get(line.amount, ())
            if -PAYOUT_EARLY_DAYS <= days_between(one.arrives, line.received) <= PAYOUT_LATE_DAYS
        ]

    def _sure_of(self, line: Receipt, one: Recorded) -> Twin | None:
        said, days = _said(line), abs(days_between(one.day, line.received))
        if self._names_another(line, one):
            return None
        named = _named(said, one)
        if named and days <= NAMED_DAYS:
            return _as_recorded(one, f"both name {named}")
        payer = bare(line.payer_name)
        same = bool(payer) and payer == bare(one.customer_name)
        # Who still owes just this much may have paid it, besides what is recorded.
        if same and days <= ALIKE_DAYS and (one.customer_id, line.amount) not in self.owed:
            return _as_recorded(one, f"both are from {one.customer_name}")
        return None

    def _may_be(self, line: Receipt, one: Recorded) -> bool:
        days = abs(days_between(one.day, line.received))
        if days > ALIKE_DOUBTED_DAYS:
            return days <= NAMED_DOUBTED_DAYS and bool(_named(_said(line), one))
        payer, customer = bare(line.payer_name), bare(one.customer_name)
        if not payer or not customer:
            return not self._names_another(line, one)
        return _resemble(payer, customer)

    def _names_another(self, line: Receipt, one: Recorded) -> bool:
        """Whether the line names an open invoice that this payment does not pay."""
        return bool(_runs(_said(line)) & self.open_runs - _runs(" ".join(one.numbers)))


def _by_amount(payouts: Sequence[Payout]) -> dict[Money, list[Payout]]:
    found: dict[Money, list[Payout]] = defaultdict(list)
    for one in payouts:
        found[one.net].append(one)
    return found


def _by_sum(recorded: Sequence[Recorded]) -> dict[Money, list[Recorded]]:
    found: dict[Money, list[Recorded]] = defaultdict(list)
    for one in recorded:
        found[one.amount].append(one)
    return found


def _as_payout(payout: Payout) -> Twin:
    facts = (("payout", str(payout.net)), ("arrives", payout.arrives.isoformat()))
    return Twin(Seen.PAYOUT, payout.ref.id, facts)


def _as_recorded(one: Recorded, because: str) -> Twin:
    facts = (
        ("in the ledger", str(one.amount)),
        ("recorded for", one.day.isoformat()),
        ("pays", ", ".join(one.numbers) or "nothing yet"),
        ("reference", one.reference or "none"),
        ("from", one.customer_name or "unknown"),
        ("because", because),
    )
    return Twin(Seen.LEDGER, one.id, facts)


def _said(line: Receipt) -> str:
    words = (line.text, line.reference, line.structured_reference, line.payer_name)
    named = (one.reference for one in line.remittance)
    return " ".join((*words, line.end_to_end_id, *named))


def _named(said: str, one: Recorded) -> str:
    """Give what a text names of a payment: an invoice that it pays, or its reference; or ""."""
    return next((word for word in (*one.numbers, one.reference) if _mentions(said, word)), "")


def _runs(text: str) -> frozenset[str]:
    """Give the numbers in a text that are long enough to mean something."""
    found = (run.lstrip("0") for run in re.findall(r"\d+", text))
    return frozenset(run for run in found if len(run) >= DIGITS_MIN)


def _mentions(said: str, word: str) -> bool:
    """Whether a text names a number or reference, with whatever marks between its parts."""
    parts = re.findall(r"[^\W_]+", word)
    if sum(len(part) for part in parts) < DIGITS_MIN:
        return False
    spelled = r"[\W_]*".join(re.escape(part) for part in parts)
    return re.search(rf"(?<![^\W_]){spelled}(?![^\W_])", said, re.IGNORECASE) is not None


def _resemble(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names may be one payer: they share a word that means something."""
    return any(word in other for word in one if len(word) >= WORD_MIN)
