"""Money that is seen twice: a bank line that is a processor's payout, or is in the ledger already.

Such a line is never matched with invoices: its money is in the books, or will be, by another way.
One clear twin is taken; where anything is in doubt a person is asked, and the line waits.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.days import days_between
from ledger.money import total
from rules.matching.names import bare
from rules.matching.naming import read
from rules.matching.spellings import Spelling, is_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from ledger.documents import Receipt
    from ledger.money import Money
    from ledger.payouts import Payout
    from rules.matching.book import Book
    from rules.matching.mentions import Mention

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


def claim(seen: Seen, twin_id: str) -> str:
    """Name a twin, which one bank line may be."""
    return f"seen:{seen}:{twin_id}"


# Between the ids of payments that are one deposit.
_AND = "+"


def members(twin_id: str) -> list[str]:
    """Give the payments that a twin is made of: one, as a rule."""
    return twin_id.split(_AND)


def together(recorded: Sequence[Recorded]) -> Recorded:
    """Make one twin of payments of one customer that came in on one day."""
    first = recorded[0]
    return Recorded(
        id=_AND.join(one.id for one in recorded),
        day=first.day,
        amount=total((one.amount for one in recorded), first.amount.currency),
        customer_id=first.customer_id,
        customer_name=first.customer_name,
        numbers=tuple(number for one in recorded for number in one.numbers),
        documents=tuple(key for one in recorded for key in one.documents),
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment that stands in the ledger, or several that one deposit may be.

    `numbers` are those of the invoices that it pays, and `documents` their ids.
    """

    id: str
    day: date
    amount: Money
    customer_id: str = ""
    customer_name: str = ""
    reference: str = ""
    numbers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """What may be the same money, its own amount, and what speaks for it."""

    seen: Seen
    id: str
    amount: Money
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


def amounts_of(line: Receipt) -> tuple[Money, ...]:
    """Give the amounts in which a line's money may be recorded: as it came, and as it was sent."""
    sent = line.original
    if sent is None or sent == line.amount or line.amount.minor <= 0:
        return (line.amount,)
    return line.amount, sent


def look(
    lines: Sequence[Receipt],
    payouts: Sequence[Payout],
    recorded: Sequence[Recorded],
    book: Book,
) -> tuple[Verdict, ...]:
    """Say which bank lines are, or may be, money that is seen elsewhere; the others are left out.

    `payouts` and `recorded` hold only what no line was found to be before. `book` has all that is
    open, for a line that names it, or comes to what its payer owes, may be a new payment; and what
    `recorded` paid.
    """
    view = _View(_by_amount(payouts), _by_sum(recorded), book)
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
    """What lines are compared with, by amount, and the book that their texts are read by."""

    payouts: Mapping[Money, Sequence[Payout]]
    recorded: Mapping[Money, Sequence[Recorded]]
    book: Book
    _read: dict[str, tuple[Mention, ...]] = field(default_factory=dict)

    def sure(self, line: Receipt) -> list[Twin]:
        """Give what this line must be, as far as line and twin alone can tell."""
        said = _said(line)
        found = [
            _as_payout(one)
            for one in self._arriving(line)
            if PROCESSOR.search(said) or _tells(said, one.reference)
        ]
        return found + [
            twin for one in self._of_its_amount(line) if (twin := self._sure_of(line, one))
        ]

    def maybe(self, line: Receipt) -> list[Twin]:
        """Give what this line may be: nothing tells them apart."""
        nameless = not line.payer_name.strip()
        found = [_as_payout(one) for one in self._arriving(line) if nameless]
        return found + [
            _as_recorded(one, "nothing tells them apart")
            for one in self._of_its_amount(line)
            if self._may_be(line, one)
        ]

    def _of_its_amount(self, line: Receipt) -> list[Recorded]:
        """Give what is recorded of what came, and of what was sent where a bank changed it."""
        return [one for each in amounts_of(line) for one in self.recorded.get(each, ())]

    def _arriving(self, line: Receipt) -> list[Payout]:
        return [
            one
            for one in self.payouts.get(line.amount, ())
            if -PAYOUT_EARLY_DAYS <= days_between(one.arrives, line.received) <= PAYOUT_LATE_DAYS
        ]

    def _sure_of(self, line: Receipt, one: Recorded) -> Twin | None:
        days = abs(days_between(one.day, line.received))
        if days > NAMED_DAYS or any(self._of_others(line, one)):
            return None
        named = self._named(line, one)
        if named:
            return _as_recorded(one, f"both name {named}")
        payer = bare(line.payer_name)
        same = bool(payer) and payer == bare(one.customer_name)
        if same and days <= ALIKE_DAYS and not self._owes(one.customer_id, one.amount):
            return _as_recorded(one, f"both are from {one.customer_name}")
        return None

    def _owes(self, customer_id: str, amount: Money) -> bool:
        """Whether a customer still owes just this, and may have paid it besides the recorded."""
        owed = self.book.owing(customer_id, amount.currency)
        return any(one.open == amount.minor for one in owed if not one.credit)

    def _may_be(self, line: Receipt, one: Recorded) -> bool:
        days = abs(days_between(one.day, line.received))
        if days <= NAMED_DOUBTED_DAYS and self._named(line, one):
            return True
        if days > ALIKE_DOUBTED_DAYS:
            return False
        payer, customer = bare(line.payer_name), bare(one.customer_name)
        if not payer or not customer:
            return not self._pays_another(line, one)
        return _resemble(payer, customer)

    def _named(self, line: Receipt, one: Recorded) -> str:
        """Give what a line names of a payment: an invoice that it pays, its reference, or ""."""
        for mention in self._mentions(line):
            if _is_certain(mention) and all(item.id in one.documents for item in mention.best):
                return mention.best[0].number
        return one.reference if _refers(line, one) else ""

    def _pays_another(self, line: Receipt, one: Recorded) -> bool:
        """Whether the line names, in so many words, what is open and this payment does not pay."""
        return any(
            _is_certain(mention) and any(item.open for item in mention.best)
            for mention in self._of_others(line, one)
        )

    def _of_others(self, line: Receipt, one: Recorded) -> Iterator[Mention]:
        """Give where the line may name invoices that this payment does not pay.

        What stands in the reference of both is no number of another.
        """
        refers = _refers(line, one)
        for mention in self._mentions(line):
            if any(item.id in one.documents for item in mention.best):
                continue
            if not (refers and _tells(one.reference, mention.text)):
                yield mention

    def _mentions(self, line: Receipt) -> tuple[Mention, ...]:
        if line.ref.id not in self._read:
            self._read[line.ref.id] = tuple(
                mention
                for text in _texts(line)
                for mention in read(text, self.book.spelled_among).mentions
            )
        return self._read[line.ref.id]


def _is_certain(mention: Mention) -> bool:
    return mention.spelling < Spelling.SHORTHAND


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
    return Twin(Seen.PAYOUT, payout.ref.id, payout.net, facts)


def _as_recorded(one: Recorded, because: str) -> Twin:
    facts = (
        ("in the ledger", str(one.amount)),
        ("recorded for", one.day.isoformat()),
        ("pays", ", ".join(one.numbers) or "nothing yet"),
        ("reference", one.reference or "none"),
        ("from", one.customer_name or "unknown"),
        ("because", because),
    )
    return Twin(Seen.LEDGER, one.id, one.amount, facts)


def _texts(line: Receipt) -> Iterable[str]:
    """Give what may name documents: all that was said but who paid."""
    words = (line.text, line.reference, line.structured_reference, line.end_to_end_id)
    return filter(None, (*words, *(one.reference for one in line.remittance)))


def _said(line: Receipt) -> str:
    return " ".join((*_texts(line), line.payer_name))


def _refers(line: Receipt, one: Recorded) -> bool:
    """Whether a line tells the reference of a payment; words alone, or a day, are none."""
    digits = "".join(filter(str.isdecimal, one.reference))
    is_one = len(digits) >= DIGITS_MIN and not is_day(digits)
    return is_one and any(_tells(text, one.reference) for text in _texts(line))


def _tells(said: str, word: str) -> bool:
    """Whether a text has a number or reference in it, with whatever marks between its parts."""
    parts = re.findall(r"[^\W_]+", word)
    if sum(len(part) for part in parts) < DIGITS_MIN:
        return False
    spelled = r"[\W_]*".join(re.escape(part) for part in parts)
    return re.search(rf"(?<![^\W_]){spelled}(?![^\W_])", said, re.IGNORECASE) is not None


def _resemble(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names may be one payer: they share a word that means something."""
    return any(word in other for word in one if len(word) >= WORD_MIN)
