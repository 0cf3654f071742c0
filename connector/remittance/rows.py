"""Lines of a text as rows of cells: what stands in columns, and the amounts inside a sentence."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from connector.remittance.days import without_days
from connector.remittance.figures import Cell, Figure, figure
from connector.remittance.words import INVOICE, KEYWORDS, ORDERS, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_CHARS_MAX = 2_000
_COLUMNS = re.compile(r"\t| {2,}|\u00a0{2,}| *[|] *")
_CODE = r"(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹₪฿₺]|zł)"
_NUMBER = r"(?:\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,3})?|\d+[.,]\d{2})"
_AMOUNT = re.compile(
    rf"(?<![\w.,/#-])(?:\( ?)?(?:[-+−–] ?)?(?:{_CODE} ?)?(?:[-−–] ?)?(?P<number>{_NUMBER})"
    rf"(?: ?{_CODE}(?!\w))?(?: ?(?:CR|Cr|cr|DR|Dr)\b\.?| ?[-−](?!\S))?(?: ?\))?"
    r"(?![\w/%]|[.,-]\d| %)"
)
# The bare number, where the letters beside it were no currency.
_BARE = re.compile(rf"{_NUMBER}(?![\w/%]|[.,-]\d| %)")
_LAST_WORD = re.compile(r"([^\W\d_]+)[ .:#°º]*$")
_EDGES = ".,:;()[]{}\"'#*<>!?°º"
_TOKEN = re.compile(r"[^\W_][\w/.#&+-]*\d[\w/.#&+-]*|\d")
_SHORT_CODE_MAX = 4
_DIGITS_MIN = 3
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")
_SHARE = re.compile(r"\d+[.,]\d\d?")
_IBAN = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}")


class Row(NamedTuple):
    """One line of a text or one row of a sheet; `at` counts from 1."""

    at: int
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """Everything on it that is text, with a space between cells."""
        return " ".join(cell for cell in self.cells if isinstance(cell, str) and cell)


class Named(NamedTuple):
    """A word that may be a document's number. `sure`: 2 after a word for invoice, 0 for order."""

    text: str
    sure: int


def of_text(text: str) -> Iterator[Row]:
    """Give the lines of a text as rows; what a reply quotes of an earlier message is left out."""
    for at, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()[:LINE_CHARS_MAX]
        if bare and not bare.startswith(">"):
            yield Row(at, tuple(_cells(bare)))


def _cells(line: str) -> Iterator[str]:
    for part in _COLUMNS.split(line):
        yield from filter(None, (piece.strip() for piece in _pieces(part)))


def _pieces(part: str) -> Iterator[str]:
    """Cut the amounts out of a part of a line."""
    start = at = 0
    while found := _AMOUNT.search(part, at):
        span = _span(part, found)
        if span is None:
            # The first group of digits belongs to the word before it: INV 100 234,56.
            at = found.start("number") + 1
            continue
        yield part[start : span[0]]
        yield part[span[0] : span[1]]
        start = at = span[1]
    yield part[start:]


def _span(part: str, found: re.Match[str]) -> tuple[int, int] | None:
    begin, number = found.start(), found.start("number")
    word = _LAST_WORD.search(part[:number])
    if " " in found["number"] and word and _names_a_number(word[1]):
        return None
    if figure(found[0]):
        return begin, found.end()
    bare = _BARE.match(part, number)
    return (number, bare.end()) if bare and figure(bare[0]) else None


def _names_a_number(word: str) -> bool:
    known = plain(word) in KEYWORDS | ORDERS
    short = word.isupper() and len(word) <= _SHORT_CODE_MAX
    return known or (short and figure(f"{word} 1.00") is None)


def is_figure(cell: Cell) -> Figure | None:
    """Read a cell of a text as an amount. A bare number is none: it may be a document's."""
    found = figure(cell)
    if found is None or isinstance(cell, Decimal) or found.sign:
        return found
    return found if _AMOUNT.fullmatch(cell.strip()) else None


def figures(row: Row) -> list[Figure]:
    """Give the amounts on a row of text."""
    return [one for one in map(is_figure, row.cells) if one]


def words_of(row: Row) -> str:
    """Give what a row says beside its numbers."""
    texts = [cell for cell in row.cells if isinstance(cell, str) and not figure(cell)]
    return " ".join(" ".join(texts).split())


def named(cells: Iterable[Cell]) -> list[Named]:
    """Find the words that may be numbers of documents, in their order."""
    found: list[Named] = []
    for cell in cells:
        if isinstance(cell, str) and not is_figure(cell):
            found += _named(without_days(cell).split())
    return found


def chosen(names: Sequence[Named]) -> tuple[str, bool]:
    """Give the likeliest of a row's numbers, "" without any; and whether another is as likely."""
    best = max((one.sure for one in names), default=0)
    likely = list(dict.fromkeys(one.text for one in names if one.sure == best))
    return (likely[0] if likely else ""), len(likely) > 1


def _named(words: list[str]) -> Iterator[Named]:
    for at, word in enumerate(words):
        token = word.strip(_EDGES)
        before = [plain(one) for one in words[max(0, at - 2) : at] if not _DIGIT.search(one)]
        invoice = bool(INVOICE.intersection(" ".join(before).split()))
        keyed = invoice or (bool(before) and before[-1] in KEYWORDS)
        if not _may_name(token, keyed=keyed):
            continue
        order = bool(ORDERS.intersection(" ".join(before).split()))
        yield Named(_with_code(words[at - 1] if at else "", token), 0 if order else 1 + invoice)


def _may_name(token: str, *, keyed: bool) -> bool:
    if not _TOKEN.fullmatch(token) or _IBAN.fullmatch(token) or _SHARE.fullmatch(token):
        return False
    digits = sum(one.isdigit() for one in token)
    return keyed or (digits >= _DIGITS_MIN and not _YEAR.fullmatch(token))


def _with_code(before: str, token: str) -> str:
    """Join a number with the short code that stands before it, apart: INV 12345."""
    code = before.strip(_EDGES)
    joined = code.isalpha() and code.isupper() and len(code) <= _SHORT_CODE_MAX
    plain_word = plain(code) in _PLAIN_WORDS
    return f"{code} {token}" if joined and token[:1].isdigit() and not plain_word else token


_PLAIN_WORDS = frozenset({"no", "nr", "n", "num", "ref", "doc", "po", "id", "bill", "for", "of"})
