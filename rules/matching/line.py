"""One payment of a batch, with what its texts name and whom they point at, each read once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rules.matching.found import Agreement
from rules.matching.names import bare
from rules.matching.naming import guesses, read, styled
from rules.matching.resemblance import resembles
from rules.matching.scan import CUTS, Scan
from rules.matching.spellings import Spelling, anatomy, plain
from rules.matching.unfinished import unfinished
from rules.matching.whose import OTHER_FORM_SCORE, By, Signs, Whose, whose
from rules.matching.words import BANK_REFERENCE, INSTALMENT, PAID_BACK, REMITTED, unstamped
from rules.matching.written import NUMBER_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.documents import Receipt
    from rules.matching.batch import Batch
    from rules.matching.mentions import Mention, Named, Reading, Stranger
    from rules.matching.values import Item

# A name of our own that a bank cut off is still known by so many letters.
OWN_NAME_MIN = 8
# Of more customers than this the payer is nobody in particular.
SUSPECTS_MAX = 4
# Our numbers grow longer, and a slip loses or doubles a digit.
DIGITS_APART = 2
# How like its customer's name a payer's has to be, in hundredths, where a document is named.
LIKENESS_MIN = 60

_NUMBERS = (By.NUMBER, By.FIGURES)
_STRENGTHS = {
    By.LEDGER: "account",
    By.ACCOUNT: "account",
    By.EMAIL: "account",
    By.NUMBER: "number",
    By.TOLD: "told",
    By.FIGURES: "figures",
    By.SIMILAR: "similar",
}


# What tells a payer for certain; a name that is similar, or stands in a text, does not.
CERTAIN = frozenset(("account", "name", "number"))

_PIECE = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"(?P<word>[^\W\d_]+)[\W_]{0,3}$")


def digits_of(text: str) -> str:
    """Give the digits of a text in one run."""
    return "".join(filter(str.isdecimal, plain(text)))


def _written(text: str) -> set[str]:
    """Give the digits of every word of a text, or two, that the bank did not add."""
    *_, payers = REMITTED.split(plain(text))
    said = BANK_REFERENCE.sub(" ", payers)
    return {digits_of(one) for one in (*said.split(), *_PIECE.findall(said))}


@dataclass
class Line:
    """A payment, its place in the batch and the book it is held against.

    What is found is kept for later evidence.
    """

    at: int
    receipt: Receipt
    batch: Batch
    _repairs: dict[Stranger, tuple[Named, ...]] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """What is to be placed, in minor units of the payment's currency."""
        return self.receipt.unapplied.minor

    @property
    def currency(self) -> str:
        """The payment's currency."""
        return self.receipt.unapplied.currency

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which the payment was sent and came, the former first."""
        original = self.receipt.original
        if original is None or original.currency == self.currency:
            return (self.currency,)
        return (original.currency, self.currency)

    def may_pay(self, item: Item) -> bool:
        """Whether a document is in a currency that the payment can be held against."""
        if item.currency in self.currencies:
            return True
        rate_on, day = self.batch.policy.rate_on, self.receipt.received
        return bool(rate_on(item.currency, day) and rate_on(self.currency, day))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Everything that the payer or the bank wrote beside the money."""
        one = self.receipt
        texts = (one.reference, one.text, one.end_to_end_id)
        return tuple(unstamped(text) for text in texts if text)

    @property
    def _payers_texts(self) -> tuple[str, str]:
        return unstamped(self.receipt.reference), unstamped(self.receipt.text)

    @cached_property
    def cut(self) -> bool:
        """Whether a text is as long as some format allows and ends in what is not read."""
        return any(self._unread_end(text) for text in self.texts if len(text) in CUTS)

    def _unread_end(self, text: str) -> bool:
        words = Scan(text).words
        mentions = self._read(text).mentions
        ends = {one.at + one.size for one in mentions if one.spelling < Spelling.SHORTHAND}
        count = INSTALMENT.search(plain(text))
        return (
            words[-1:] > [""] and words[-1][-1].isdecimal() and len(words) not in ends and not count
        )

    @cached_property
    def is_full(self) -> bool:
        """Whether the reference is just as long as one may be, and ends with a number."""
        return any(one.cut for one in self._read(self.receipt.reference).mentions)

    def goes_on(self, owed: Sequence[Item], rest: int) -> bool:
        """Whether a text may name more than is read in it, of what is owed, for the rest.

        A reference that is just full of one number cannot tell, where more is owed of that size.
        """
        numbers = [one.number for one in owed]
        if self.is_full and any(one.open <= 2 * rest for one in owed if not one.credit):
            return True
        return any(unfinished(text, self._read(text).mentions, numbers) for text in self.texts)

    @cached_property
    def plain(self) -> str:
        """All texts in upper case."""
        return plain(" ".join(self.texts))

    def _read(self, text: str) -> Reading:
        batch = self.batch
        return read(text, batch.book.spelled_among, before=batch.policy.reference_words)

    @cached_property
    def _readings(self) -> tuple[tuple[Mention, ...], tuple[Stranger, ...]]:
        mentions: dict[frozenset[str], Mention] = {}
        strangers: dict[str, Stranger] = {}
        for text in self.texts:
            found = self._read(text)
            for one in found.mentions:
                if not any(self._tells(each) for each in one.named):
                    continue
                key = frozenset(each.item.id for each in one.named)
                if key not in mentions or one.spelling < mentions[key].spelling:
                    mentions[key] = one
            # What the bank wrote may name a document whole, but is never a number of ours damaged.
            by_payer = text in self._payers_texts
            own = _written(text) if by_payer else set()
            for other in found.strangers:
                if self._may_be_ours(other) and other.digits in own:
                    strangers.setdefault(other.digits, other)
        numbers = {digits_of(one.value) for one in self.payer.pointers if one.by in _NUMBERS}
        return (
            tuple(one for one in mentions.values() if digits_of(one.text) not in numbers),
            tuple(one for one in strangers.values() if one.digits not in numbers),
        )

    def _may_be_ours(self, word: Stranger) -> bool:
        """Whether a strange word has about as many digits as our numbers do."""
        example = anatomy(self.batch.policy.number_example)
        sizes = [len(one) for one in (example.digits, example.serial) if one]
        return not sizes or any(abs(len(word.digits) - size) <= DIGITS_APART for size in sizes)

    def _tells(self, named: Named) -> bool:
        """Whether what is named is long enough to be a name."""
        signs = filter(str.isalnum, getattr(named.item, named.field))
        return len(list(signs)) >= self.batch.policy.minimum_reference_length

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The places in its texts that may mean a document, each once."""
        return self._readings[0]

    def repairs(self, word: Stranger) -> tuple[Named, ...]:
        """Give the documents whose number a slip of the hand turns into a word; looked up once."""
        if word not in self._repairs:
            self._repairs[word] = guesses(word, self.batch.book.spelled_among)
        return self._repairs[word]

    @cached_property
    def names_documents(self) -> bool:
        """Whether a text names a document in earnest.

        What is spelled in a way that takes another fact to believe, and is somebody else's than
        the payer's, is some other number; so are figures that no word calls an invoice's, and
        that only one paid long since has.
        """
        return any(self._earnest(one) for one in self.mentions)

    def _earnest(self, mention: Mention) -> bool:
        named = [one.item for one in mention.named]
        if not self.relatives or any(one.customer_id in self.relatives for one in named):
            return True
        if mention.spelling >= Spelling.SHORTHAND:
            return False
        paid = all(not one.open and one.total != self.amount for one in named)
        return not (paid and mention.text.isdecimal() and not self._announced(mention.text))

    def _announced(self, number: str) -> bool:
        """Whether a word for invoices or their numbers stands before figures."""
        before = (self.plain[: found.start()] for found in re.finditer(number, self.plain))
        words = (_LAST_WORD.search(one) for one in before)
        return any(word and word["word"] in NUMBER_WORDS for word in words)

    @cached_property
    def paid_back(self) -> bool:
        """Whether the text calls the money a refund to us, and names no document."""
        return self.amount > 0 and not self.names_documents and bool(PAID_BACK.search(self.plain))

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """The words in its texts that could be numbers of ours and are not."""
        return self._readings[1]

    @property
    def payer_plain(self) -> str:
        """The payer's name in upper case."""
        return plain(self.receipt.payer_name)

    @cached_property
    def from_ourselves(self) -> bool:
        """Whether the payer bears a name of the organisation's own, be it cut off."""
        name = "".join(bare(self.receipt.payer_name))
        own = ["".join(bare(one)) for one in self.batch.policy.own_names]
        cut = len(name) >= OWN_NAME_MIN and not self.customer_id
        return bool(name) and any(name == one or (cut and one.startswith(name)) for one in own)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What a person is told of a payment that nothing explains."""
        named = ", ".join(one.text for one in self.mentions)
        facts = (
            ("amount", str(self.receipt.unapplied)),
            ("payer", self.payer_told or self.receipt.payer_name or "not named"),
            ("names", named),
        )
        return tuple(one for one in facts if one[1])

    @property
    def names_unknown(self) -> bool:
        """Whether a text names a document, or something spelled like one that is not known."""
        example = self.batch.policy.number_example
        return self.names_documents or any(styled(one, example) for one in self.strangers)

    @cached_property
    def payer(self) -> Whose:
        """Whom the payment points at."""
        return whose(Signs.of_receipt(self.receipt), self.batch.book, self.batch.policy)

    @property
    def customer_id(self) -> str:
        """The customer who paid; empty where that is not known."""
        return self.payer.customer_id

    @property
    def strength(self) -> str:
        """What says who paid, roughly: an account, a name, or less than that."""
        first = self.payer.pointers[:1]
        if any(one.by is By.SIMILAR and one.score == OTHER_FORM_SCORE for one in first):
            return "form"
        return _STRENGTHS.get(self.payer.by, "name") if self.payer.by else ""

    @property
    def is_certain(self) -> bool:
        """Whether the payer is known well enough to count as a fact without any number."""
        return self.strength in CERTAIN

    @property
    def relatives(self) -> frozenset[str]:
        """The customers of the payer's group of companies, with it; none where it is not known."""
        return self.payer.family if self.payer.customer_id else frozenset()

    @property
    def payer_told(self) -> str:
        """Who paid and what says so; empty where that is not known."""
        if not self.customer_id:
            return ""
        party = self.batch.book.party(self.customer_id)
        best = self.payer.pointers[0]
        return f"{party.name if party else self.customer_id}, by {best.by.replace('_', ' ')}"

    def agreement(self, items: Iterable[Item]) -> Agreement:
        """Say whether the payer is the customer of all these documents."""
        owners = {one.customer_id for one in items}
        if self.relatives:
            return Agreement.YES if owners <= self.relatives else Agreement.NO
        if self.payer.shared or not self.receipt.payer_name:
            return Agreement.UNKNOWN
        near = owners <= self.suspects or all(map(self._resembles, sorted(owners)))
        return Agreement.MAYBE if near else Agreement.STRANGE

    @cached_property
    def suspects(self) -> frozenset[str]:
        """The few customers of whom the payer is one, where it is not known which."""
        if self.relatives or self.payer.shared:
            return frozenset()
        if len(self.payer.maybe) > SUSPECTS_MAX:
            return frozenset()
        families = map(self.batch.book.family, self.payer.maybe)
        return frozenset().union(*families)

    def _resembles(self, customer_id: str) -> bool:
        party = self.batch.book.party(customer_id)
        return party is not None and resembles(self.receipt.payer_name, party, LIKENESS_MIN)
